import { z } from 'zod';
import { Plan } from '../../plans.js';
import { Instant, defineEvent } from '../event.js';

export const CheckoutCompleted = defineEvent({
  owner: 'billing-webhooks',
  name: 'checkout-completed',
  when: 'Stripe says the checkout is paid, or needs no payment during the trial.',
  data: z.object({
    checkout_id: z.string(),
    plan: Plan,
    payment_status: z.enum(['paid', 'no_payment_required']),
    trial_ends_at: Instant.nullable(),
    completed_at: Instant,
  }),
  example: {
    checkout_id: 'co_1',
    plan: 'starter',
    payment_status: 'no_payment_required',
    trial_ends_at: '2026-12-07T03:00:00.000Z',
    completed_at: '2026-11-23T03:00:00.000Z',
  },
});
