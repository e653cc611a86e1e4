import { migrateService } from '@latchkey/shared/service';
import { notifier } from './service.js';

await migrateService(notifier);
