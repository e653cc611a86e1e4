export * from './breaker.js';
export { Breakers } from './breakers.js';
