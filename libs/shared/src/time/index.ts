export * from './clock.js';
export * from './delay.js';
export * from './wake.js';
export * from './within.js';
