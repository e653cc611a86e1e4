import { runService } from '@latchkey/shared/service';
import { billing } from './service.js';

await runService(billing);
