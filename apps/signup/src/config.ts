import { availableParallelism } from 'node:os';
import { CommonConfig } from '@latchkey/shared/config';
import { OperatorEmail } from '@latchkey/contracts';
import { z } from 'zod';

/** An Ed25519 private key; without `kid` nobody could tell two keys apart during a rotation. */
const SigningKey = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  d: z.string().min(40),
  x: z.string().min(40),
  kid: z.string().min(1),
});
export type SigningKey = z.infer<typeof SigningKey>;

/** Published to the world: a private half in here is refused instead of left out without a word. */
const PublicKeys = z.object({
  keys: z
    .array(
      SigningKey.omit({ d: true })
        .loose()
        .refine((key) => !('d' in key), 'it holds a private key; publish the public half only'),
    )
    .max(8),
});

const json = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue({ code: 'custom', message: 'it is not JSON' });
    return z.NEVER;
  }
});

const count = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

/** Everything signup reads from its environment; the README says what each value is for. */
export const Config = CommonConfig.extend({
  JWT_PRIVATE_JWK: json.pipe(SigningKey),
  /** A JWK Set of keys that are published and believed and not signed with: the next one before a change of the key, the last one after. */
  JWT_OTHER_PUBLIC_JWKS: json.pipe(PublicKeys).optional(),
  JWT_ACCESS_TTL_SECONDS: count(30, 86_400).default(900),
  REFRESH_TTL_DAYS: count(1, 365).default(30),
  /** Derives codes, refresh tokens and the hashes of addresses in counters; whoever has it can compute them. */
  VERIFICATION_SECRET: z.string().min(32, 'it must have at least 32 characters'),
  CAPTCHA_VERIFY_URL: z.url().optional(),
  CAPTCHA_SECRET: z.string().optional(),
  /** The public half: with it the signup page shows the CAPTCHA. */
  CAPTCHA_SITE_KEY: z.string().min(1).optional(),
  CAPTCHA_SCRIPT_URL: z.url().default('https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit'),
  WORKSPACE_URL: z.url(),
  BILLING_URL: z.url(),
  PROVISIONER_URL: z.url(),
  NOTIFIER_URL: z.url(),
  ANALYTICS_URL: z.url(),
  /** From a question's last byte sent to its answer's last: workspace may embed, search and ask a model, each with a second try. */
  WORKSPACE_ANSWER_TIMEOUT_MS: count(100, 600_000).default(45_000),
  /** The same for an upload, which workspace answers five seconds after it has it, searchable or not. */
  WORKSPACE_UPLOAD_TIMEOUT_MS: count(100, 600_000).default(15_000),
  PASSWORD_HASH_CONCURRENCY: count(1, 64).default(availableParallelism()),
  /** Signups and logins that may wait for the hasher; each costs about 14 ms of one core (STACK section 7). */
  PASSWORD_HASH_QUEUE_MAX: count(1, 10_000).default(256),
  TERMS_VERSION: z.string().min(1).default('2026-11-01'),
  /** How many proxies before us may be believed about the caller's address. 0: X-Forwarded-For is ignored. */
  TRUST_PROXY: count(0, 10).default(0),
  /** Domains of throw-away mailboxes, as a comma list; their subdomains count as well. Whoever wants a long list mounts it here. */
  REFUSED_EMAIL_DOMAINS: z
    .string()
    .default('')
    .transform(
      (text) =>
        new Set(
          text
            .split(',')
            .map((domain) => domain.trim().toLowerCase())
            .filter(Boolean),
        ),
    ),
  SIGNUPS_PER_EMAIL_PER_DAY: count(1, 1_000_000).default(3),
  SIGNUPS_PER_ADDRESS_PER_HOUR: count(1, 1_000_000).default(60),
  /** A flood brake per replica and address, far above what a person does; the real limits are the ones in PostgreSQL. */
  REQUESTS_PER_ADDRESS_PER_MINUTE: count(10, 10_000_000).default(6_000),
  STATUS_STREAMS_MAX: count(1, 100_000).default(1_000),
  STATUS_STREAMS_PER_TENANT_MAX: count(1, 100).default(5),
  /** A signup that nobody paid is closed after this long, even if no checkout was ever opened for it. */
  ABANDONED_AFTER_HOURS: count(1, 8_760).default(48),
  /** From the signup on: afterwards an abandoned one is erased. */
  ABANDONED_KEPT_DAYS: count(1, 3_650).default(90),
  /**
   * Who waits longer between clearance and active counts as waiting; when too many do, strangers wait at the door instead
   * (decision 0031). To be above what the vendors alone take where no pool of ready workspaces is kept.
   */
  PAID_LATE_AFTER_MS: count(50, 60_000).default(500),
  /** A paid tenant that is not active by then gets a word, and operators an alarm. Usually it takes a second. */
  PAID_NOTICE_AFTER_SECONDS: count(10, 86_400).default(600),
  /** By then it is given up and compensated, even with the provisioner down. Longer than the provisioner waits for its vendors. */
  PAID_ABANDON_AFTER_SECONDS: count(60, 30 * 86_400).default(7_200),
  /** Paid, but the code was never typed: ended before the trial is, or somebody would be charged for nothing. */
  PAID_UNVERIFIED_AFTER_HOURS: count(1, 312).default(168),
  /** A failed tenant whose money is not back by then is told of again. */
  COMPENSATION_INSIST_AFTER_SECONDS: count(60, 30 * 86_400).default(3_600),
  OPERATOR_TOKEN: z.string().min(16),
  /** The console's first account, made at start when it is not there; both or none. Later ones: `npm run operators`. */
  FIRST_OPERATOR_EMAIL: OperatorEmail.optional(),
  FIRST_OPERATOR_PASSWORD: z.string().min(12).max(256).optional(),
  /** Whom customers write to, and who wants to hear from large ones; shown on the pages. */
  SUPPORT_EMAIL: z.email().default('support@latchkey.example'),
  SALES_EMAIL: z.email().default('sales@latchkey.example'),
  /** Where the built web application lies; beside this service unless given. */
  WEB_DIR: z.string().optional(),
  /** Where the vendors' stand-ins have their console; the first page then says how to play with them. */
  SANDBOX_URL: z.url().optional(),
}).superRefine((config, context) => {
  const captcha = [config.CAPTCHA_VERIFY_URL, config.CAPTCHA_SECRET];
  if (captcha.every((value) => value !== undefined)) return;
  if (captcha.some((value) => value !== undefined) || config.NODE_ENV === 'production') {
    const path = [config.CAPTCHA_SECRET === undefined ? 'CAPTCHA_SECRET' : 'CAPTCHA_VERIFY_URL'];
    const message = 'the CAPTCHA needs both CAPTCHA_VERIFY_URL and CAPTCHA_SECRET; production cannot go without';
    context.addIssue({ code: 'custom', path, message });
  }
});
export type Config = z.infer<typeof Config>;

/** Injects the parsed configuration: `@Inject(CONFIG) config: Config`. */
export const CONFIG = Symbol('config');
