import { z } from 'zod';
import { defineJob } from '@latchkey/shared/jobs';

export const fillPoolKey = 'pool';

/** Refills the warm pool in the background; one at a time, queued at most once. */
export const FillPool = defineJob({
  name: 'fill-pool',
  data: z.object({}),
  onePerKey: true,
  tries: 5,
  backoffSeconds: 5,
  concurrency: 1,
  timeoutSeconds: 120,
});
