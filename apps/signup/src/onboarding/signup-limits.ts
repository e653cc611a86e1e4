import type { Config } from '../config.js';
import type { Limit } from '../limits/rate-limits.js';

/** S9: three signups for one email in a day. */
export const perEmail = (config: Config): Limit => ({
  name: 'signup-email',
  max: config.SIGNUPS_PER_EMAIL_PER_DAY,
  windowMs: 24 * 3_600_000,
});

export const perAddress = (config: Config): Limit => ({
  name: 'signup-address',
  max: config.SIGNUPS_PER_ADDRESS_PER_HOUR,
  windowMs: 3_600_000,
});
