import { z } from 'zod';
import { Instant } from '../events/event.js';
import { Plan } from '../plans.js';
import { TenantStatus } from '../tenant-status.js';
import { defineQuestion } from './question.js';

const Card = z.object({
  tenant_id: z.string(),
  email: z.string(),
  /** False: nobody has proved yet that the address is theirs, and the name may be a stranger's. */
  email_verified: z.boolean().optional(),
  company_name: z.string(),
  plan: Plan,
  status: TenantStatus,
  signed_up_at: Instant,
  trial_ends_at: Instant.nullable(),
});
export type ContactCard = z.infer<typeof Card>;

/** Names and addresses are signup's alone; whoever must address a person asks at that moment (DESIGN rule 10). */
export const ContactCards = defineQuestion({
  owner: 'signup',
  name: 'contact-cards',
  askedBy: ['billing-webhooks', 'notifier', 'analytics'],
  what: 'Who these tenants are, for the moment of addressing them. Erased and unknown tenants are left out.',
  timeoutMs: 3_000,
  request: z.object({ tenant_ids: z.array(z.string()).min(1).max(500) }),
  reply: z.object({ cards: z.array(Card) }),
});

/** The code itself is never stored and never in an event: signup derives it again when the mail is written. */
export const VerificationCode = defineQuestion({
  owner: 'signup',
  name: 'verification-code',
  askedBy: ['notifier'],
  what: 'The code to mail, unless it was used, replaced or has run out.',
  timeoutMs: 3_000,
  request: z.object({ tenant_id: z.string(), verification_id: z.string() }),
  reply: z.union([
    z.object({
      state: z.literal('current'),
      email: z.string(),
      company_name: z.string(),
      code: z.string(),
      expires_at: Instant,
    }),
    z.object({ state: z.literal('obsolete') }),
  ]),
});

/** Like the code, the token is derived when the mail is written; it stands in no table, event or log. */
export const PasswordResetLink = defineQuestion({
  owner: 'signup',
  name: 'password-reset-link',
  askedBy: ['notifier'],
  what: 'Where the link for a new password goes and its token, unless it was used, replaced or has run out.',
  timeoutMs: 3_000,
  request: z.object({ tenant_id: z.string(), reset_id: z.string() }),
  reply: z.union([
    z.object({ state: z.literal('current'), email: z.string(), token: z.string(), expires_at: Instant }),
    z.object({ state: z.literal('obsolete') }),
  ]),
});

/** An operator gives up on a paid tenant. Signup decides, because the lifecycle is its own; provisioner and billing follow by event. */
export const AbandonProvisioning = defineQuestion({
  owner: 'signup',
  name: 'abandon-provisioning',
  askedBy: ['provisioner'],
  what: 'That this tenant will not become active: the money goes back and everything built is taken away.',
  timeoutMs: 3_000,
  request: z.object({ tenant_id: z.string() }),
  reply: z.object({ outcome: z.enum(['abandoned', 'already', 'not_possible']), status: TenantStatus.nullable() }),
});

/** An operator clears a failed tenant once more. Never after money went back: billing is asked first. */
export const ReopenProvisioning = defineQuestion({
  owner: 'signup',
  name: 'reopen-provisioning',
  askedBy: ['provisioner'],
  what: 'Whether a failed tenant was cleared again.',
  timeoutMs: 6_000,
  request: z.object({ tenant_id: z.string() }),
  reply: z.object({
    outcome: z.enum(['reopened', 'money_goes_back', 'billing_silent', 'not_possible']),
    status: TenantStatus.nullable(),
  }),
});
