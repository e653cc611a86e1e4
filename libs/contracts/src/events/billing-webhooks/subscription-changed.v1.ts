import { z } from 'zod';
import { Plan } from '../../plans.js';
import { Instant, defineEvent } from '../event.js';

export const SubscriptionChanged = defineEvent({
  owner: 'billing-webhooks',
  name: 'subscription-changed',
  when: 'Plan or state of the subscription is no longer what it was.',
  data: z.object({
    plan: Plan,
    status: z.string(),
    trial_ends_at: Instant.nullable(),
  }),
  example: { plan: 'pro', status: 'active', trial_ends_at: null },
});
