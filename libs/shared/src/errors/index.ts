export * from './problem-error.js';
export * from './vendor-errors.js';
export * from './vendor-failure.js';
export * from './infrastructure.js';
