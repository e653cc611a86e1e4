import { migrateService } from '@latchkey/shared/service';
import { provisioner } from './service.js';

await migrateService(provisioner);
