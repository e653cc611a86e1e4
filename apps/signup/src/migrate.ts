import { migrateService } from '@latchkey/shared/service';
import { signup } from './service.js';

await migrateService(signup);
