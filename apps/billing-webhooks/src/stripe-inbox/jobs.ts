import { defineJob } from '@latchkey/shared/jobs';
import { z } from 'zod';

/**
 * Applies one stored Stripe event. The tries span about an hour: long enough for an event that came before its cause,
 * or for a Stripe that does not answer.
 */
export const ApplyStripeEvent = defineJob({
  name: 'apply-stripe-event',
  data: z.object({ event_id: z.string() }),
  tries: 18,
  backoffSeconds: 1,
  backoffMaxSeconds: 300,
  concurrency: 12,
  timeoutSeconds: 45,
});
