export { measureVendorCall, type VendorCall } from './vendor-metrics.js';
export * from './logger.js';
export * from './metrics.js';
export * from './scope.js';
