import { runService } from '@latchkey/shared/service';
import { workspace } from './service.js';

await runService(workspace);
