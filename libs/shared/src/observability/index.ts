export { measureVendorCall, type VendorCall } from './vendor-metrics.js';
