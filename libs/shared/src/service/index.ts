export { createService } from './create-service.js';
export { defineService, type ServiceDefinition } from './define-service.js';
export { migrateService } from './migrate-service.js';
export { orFail, runService } from './run-service.js';
export { RunningService } from './running-service.js';
