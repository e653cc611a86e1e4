import { runService } from '@latchkey/shared/service';
import { provisioner } from './service.js';

await runService(provisioner);
