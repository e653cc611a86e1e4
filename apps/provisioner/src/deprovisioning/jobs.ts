import { z } from 'zod';
import { defineJob } from '@latchkey/shared/jobs';

/** Takes a tenant's resources away; tried for days, because what is left would be data that should not exist. */
export const DeprovisionJob = defineJob({
  name: 'deprovision',
  data: z.object({ tenant_id: z.string(), reason: z.enum(['cancelled', 'erasure']) }),
  onePerKey: true,
  tries: 1_000,
  backoffSeconds: 5,
  backoffMaxSeconds: 600,
  concurrency: 4,
  timeoutSeconds: 60,
});
