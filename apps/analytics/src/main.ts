import { runService } from '@latchkey/shared/service';
import { analytics } from './service.js';

await runService(analytics);
