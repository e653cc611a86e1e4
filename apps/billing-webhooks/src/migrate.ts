import { migrateService } from '@latchkey/shared/service';
import { billing } from './service.js';

await migrateService(billing);
