import { z } from 'zod';
import { Plan } from '../plans.js';
import { defineQuestion } from './question.js';

/**
 * Opens the tenant's checkout, or answers with the one that is open already. Personal data travels in the question
 * and is handed to Stripe; billing does not keep it (DESIGN rule 10).
 */
export const OpenCheckout = defineQuestion({
  owner: 'billing-webhooks',
  name: 'open-checkout',
  askedBy: ['signup'],
  what: 'Where this tenant pays.',
  timeoutMs: 4_000,
  request: z.object({ tenant_id: z.string(), plan: Plan, email: z.string(), company_name: z.string() }),
  reply: z.object({
    state: z.enum(['opening', 'open', 'completed', 'expired', 'closed']),
    checkout_url: z.string().nullable(),
  }),
});

/** The success page may come before the webhook: billing then reads the session from Stripe itself (FEATURES lesson 5). */
export const ConfirmCheckout = defineQuestion({
  owner: 'billing-webhooks',
  name: 'confirm-checkout',
  askedBy: ['signup'],
  what: 'Whether Stripe says that this checkout session is paid, and whose it is.',
  timeoutMs: 8_000,
  request: z.object({ session_id: z.string().max(255) }),
  reply: z.object({ state: z.enum(['completed', 'open', 'expired', 'unknown']), tenant_id: z.string().nullable() }),
});

/** Before a failed tenant is tried again: billing keeps the subscription, unless it has begun to end it. */
export const KeepSubscription = defineQuestion({
  owner: 'billing-webhooks',
  name: 'keep-subscription',
  askedBy: ['signup'],
  what: 'Whether the tenant still pays and goes on paying: no compensation up to this generation is begun or will be.',
  timeoutMs: 3_000,
  request: z.object({ tenant_id: z.string(), generation: z.int().positive() }),
  reply: z.object({ kept: z.boolean() }),
});
