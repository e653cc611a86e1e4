export { measureVendorCall, vendorUnits, type VendorCall } from './vendor-metrics.js';
export * from './logger.js';
export { Measurements, metricsText } from './measurements.js';
export * from './metrics.js';
export * from './scope.js';
export { joinTrace, traceWith } from './tracing.js';
