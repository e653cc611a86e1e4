import { CommonConfig, ConfigError } from '@latchkey/shared/config';
import type { SessionIssuer } from '@latchkey/shared/sessions';
import { z } from 'zod';

/** What billing needs from its environment; the only file that names it. */
export const Config = CommonConfig.extend({
  STRIPE_SECRET_KEY: z.string().min(8),
  /** Where the sandbox stands in for Stripe. Left out: the true Stripe. */
  STRIPE_API_URL: z.url().optional(),
  /** The signing secrets of our webhook endpoint; two, separated by a comma, while one is being rotated. */
  STRIPE_WEBHOOK_SECRET: z
    .string()
    .transform((list) => list.split(',').map((secret) => secret.trim()))
    .pipe(z.array(z.string().min(8)).min(1)),
  /** How old a signed delivery may be; Stripe's own libraries take five minutes. */
  STRIPE_WEBHOOK_TOLERANCE_SECONDS: z.coerce.number().int().min(1).max(3_600).default(300),
  STRIPE_TIMEOUT_MS: z.coerce.number().int().min(500).max(20_000).default(10_000),
  /** How long a payment page stays open. Stripe allows 30 minutes to 24 hours; below an hour a retry could not keep it. */
  CHECKOUT_TTL_MINUTES: z.coerce.number().int().min(60).max(1_439).optional(),
  /** Where signup publishes the keys of session tokens; PUBLIC_URL's own address when left out. */
  JWKS_URL: z.url().optional(),
  /** Who must have issued a session token; PUBLIC_URL when left out. */
  JWT_ISSUER: z.string().optional(),
  /** Opens the operators' endpoint. */
  OPERATOR_TOKEN: z.string().min(16),
});
export type Config = z.infer<typeof Config>;

/** Injects the configuration: `@Inject(CONFIG) config: Config`. */
export const CONFIG = Symbol('config');

/** Two mix-ups that cost money: a live key sent to a stand-in, and production speaking to one. */
export function guardConfig(config: Config): void {
  if (config.STRIPE_API_URL === undefined) return;
  if (new URL(config.STRIPE_API_URL).pathname !== '/')
    throw new ConfigError('STRIPE_API_URL must not have a path: the Stripe SDK cannot use one.');
  if (config.NODE_ENV === 'production')
    throw new ConfigError('STRIPE_API_URL is set in production: there, payments go to the true Stripe only.');
  if (/^(sk|rk)_live_/.test(config.STRIPE_SECRET_KEY))
    throw new ConfigError(
      'STRIPE_SECRET_KEY is a live key but STRIPE_API_URL is set: use a test key with the sandbox.',
    );
}

export function sessionIssuer({ JWKS_URL, JWT_ISSUER, PUBLIC_URL }: Config): SessionIssuer {
  return { jwksUrl: JWKS_URL ?? new URL('/.well-known/jwks.json', PUBLIC_URL).href, issuer: JWT_ISSUER ?? PUBLIC_URL };
}
