import { runService } from '@latchkey/shared/service';
import { notifier } from './service.js';

await runService(notifier);
