import { CommonConfig } from '@latchkey/shared/config';
import { createPublicKey } from 'node:crypto';
import { z } from 'zod';
import { isGenericSender } from './deliverability/rules.js';

/** What the notifier needs from its environment beyond what every service needs. */
export const Config = CommonConfig.extend({
  SENDGRID_API_KEY: z.string().min(1),
  /** Left out: the true SendGrid. */
  SENDGRID_API_URL: z.url().optional(),
  /** Base64 SPKI from SendGrid's webhook settings. Left out: the webhook is closed, and nothing can be proved delivered. */
  SENDGRID_WEBHOOK_PUBLIC_KEY: z
    .string()
    .refine(isPublicKey, { message: 'it must be the base64 key that SendGrid shows (SPKI)' })
    .optional(),
  /** The age at which a signed batch is taken for a replay. SendGrid signs anew for every retry. */
  SENDGRID_WEBHOOK_MAX_AGE_SECONDS: z.coerce.number().int().min(1).max(86_400).default(600),
  FROM_EMAIL: z.email().refine((address) => !isGenericSender(address), {
    message: 'it must be an address that a person answers, like hello@..., not noreply@ or admin@ (S8 F5)',
  }),
  /** Shown as the sender and under every mail. */
  FROM_NAME: z.string().min(1).max(80).default('Alex from Latchkey'),
  REPLY_TO: z
    .email()
    .refine((address) => !isGenericSender(address), { message: 'replies must reach a person' })
    .optional(),
  PRODUCT_NAME: z.string().min(1).max(60).default('Latchkey'),
  DOCS_URL: z.url(),
  /** The agreement on data processing. Left out: a page of our own origin. */
  DPA_URL: z.url().optional(),
  /** Who hears of alerts and tickets. */
  OPS_EMAIL: z.email(),
  /** Left out: the operator's routes stay shut. */
  OPERATOR_TOKEN: z.string().min(16).optional(),
  /** Keys the hashes of suppressed addresses. Changing it forgets every suppression of ours (SendGrid keeps its own). */
  SUPPRESSION_SECRET: z.string().min(16),
  /** How long to wait for SendGrid's events before a mail of unknown outcome is sent again. */
  RESEND_GRACE_SECONDS: z.coerce.number().int().min(1).max(86_400).default(120),
  /** How long a mail is tried before it is given up and reported (F5). */
  EMAIL_GIVE_UP_MINUTES: z.coerce.number().int().min(1).max(10_080).default(240),
  /** First pause after a refused attempt; it doubles up to ten minutes. */
  EMAIL_RETRY_BASE_MS: z.coerce.number().int().min(1).default(1_000),
});
export type Config = z.infer<typeof Config>;

function isPublicKey(base64: string): boolean {
  try {
    return (
      createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' }).asymmetricKeyType === 'ec'
    );
  } catch {
    return false;
  }
}

export const CONFIG = Symbol('notifier config');
