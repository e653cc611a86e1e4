import { defineJob } from '@latchkey/shared/jobs';
import { z } from 'zod';

/**
 * Cancels and refunds until it is done. Practically without end: a customer whose workspace could not be built must get
 * the money back however long Stripe is away (F1, N1); `billing_compensations_pending` is the alarm.
 */
export const EndSubscription = defineJob({
  name: 'end-subscription',
  data: z.object({ subscription_id: z.string() }),
  tries: 100_000,
  backoffSeconds: 2,
  backoffMaxSeconds: 300,
  concurrency: 4,
  timeoutSeconds: 120,
  onePerKey: true,
});

/** Removes Stripe's copy of the person. */
export const EraseStripeCustomer = defineJob({
  name: 'erase-stripe-customer',
  data: z.object({ tenant_id: z.string() }),
  tries: 100_000,
  backoffSeconds: 2,
  backoffMaxSeconds: 300,
  concurrency: 2,
  timeoutSeconds: 45,
  onePerKey: true,
});

/** The daily look at one subscription; the next minute's sweep comes back to it. */
export const RereadSubscription = defineJob({
  name: 'reread-subscription',
  data: z.object({ subscription_id: z.string() }),
  tries: 3,
  backoffSeconds: 5,
  concurrency: 2,
  timeoutSeconds: 60,
  onePerKey: true,
});
