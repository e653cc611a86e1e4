import { z } from 'zod';
import { defineJob } from '@latchkey/shared/jobs';

/**
 * Takes a run from where it stands as far as it gets. Its own tries are for our failures (a bug, a lost database); the
 * vendors' failures are counted by the run. A run that must be taken back is tried for hours: giving up would leave limbo.
 */
export const AdvanceRun = defineJob({
  name: 'advance-run',
  data: z.object({ run_id: z.string() }),
  onePerKey: true,
  tries: 100,
  backoffSeconds: 2,
  backoffMaxSeconds: 300,
  concurrency: 64,
  timeoutSeconds: 120,
});
