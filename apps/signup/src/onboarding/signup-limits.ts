import { ProblemError } from '@latchkey/shared/errors';
import type { Config } from '../config.js';
import type { Caller } from '../gateway/caller.js';
import type { Limit, Refusal, Use } from '../limits/rate-limits.js';

/** S9: three signups for one email in a day. */
const perEmail = (config: Config): Limit => ({
  name: 'signup-email',
  max: config.SIGNUPS_PER_EMAIL_PER_DAY,
  windowMs: 24 * 3_600_000,
});

const perAddress = (config: Config): Limit => ({
  name: 'signup-address',
  max: config.SIGNUPS_PER_ADDRESS_PER_HOUR,
  windowMs: 3_600_000,
});

/** What one signup counts for. The email comes first: its refusal says more. */
export const signupUses = (config: Config, email: string, { network }: Caller): Use[] => [
  [perEmail(config), email],
  [perAddress(config), network],
];

export function refuseSignup({ limit, seconds }: Refusal): never {
  throw new ProblemError(limit.name === 'signup-email' ? 'signup_limit_reached' : 'rate_limited', {
    retryAfterSeconds: seconds,
  });
}
