import { runService } from '@latchkey/shared/service';
import { signup } from './service.js';

await runService(signup);
