export * from './vendor-errors.js';
export * from './vendor-failure.js';
