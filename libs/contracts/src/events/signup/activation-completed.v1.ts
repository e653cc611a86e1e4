import { z } from 'zod';
import { Plan } from '../../plans.js';
import { Instant, defineEvent } from '../event.js';

export const ActivationCompleted = defineEvent({
  owner: 'signup',
  name: 'activation-completed',
  when: 'The first grounded answer that cites a document of their own: the customer got value (S1).',
  data: z.object({
    plan: Plan,
    question_id: z.string(),
    signed_up_at: Instant,
    seconds_to_activate: z.number().nonnegative(),
  }),
  example: { plan: 'starter', question_id: 'q_1', signed_up_at: '2026-11-23T03:00:00.000Z', seconds_to_activate: 240 },
});
