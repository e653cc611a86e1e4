import { migrateService } from '@latchkey/shared/service';
import { workspace } from './service.js';

await migrateService(workspace);
