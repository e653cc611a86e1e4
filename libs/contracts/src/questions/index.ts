export * from './billing-webhooks.js';
export * from './diagnosis.js';
export * from './provisioner.js';
export * from './question.js';
export * from './signup.js';
export * from './workspace.js';
