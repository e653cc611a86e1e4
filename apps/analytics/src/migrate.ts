import { migrateService } from '@latchkey/shared/service';
import { analytics } from './service.js';

await migrateService(analytics);
