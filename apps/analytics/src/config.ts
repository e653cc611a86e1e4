import { z } from 'zod';
import { CommonConfig } from '@latchkey/shared/config';

const Hours = z.coerce
  .number()
  .positive()
  .max(24 * 365);

/** What analytics needs from its environment; the only file that names it. The defaults are S4.5's and S9's. */
export const Config = CommonConfig.extend({
  /** Left out: the operators' routes stay shut. */
  OPERATOR_TOKEN: z.string().min(16).optional(),
  /** Paid and provisioned, but nobody came: no login and no question for this long. */
  STUCK_AFTER_PAYMENT_HOURS: Hours.default(48),
  /** An answer, but no document of their own for this long. */
  STUCK_AFTER_LOGIN_HOURS: Hours.default(24),
  /** Provisioned, but not activated for this long. */
  STUCK_IN_WIZARD_HOURS: Hours.default(24),
  /** Below this many tenants a ratio is not shown to the alerts: one failure at 3 AM is not "100 %" (FEATURES trap 14). */
  METRICS_SAMPLE_MIN: z.coerce.number().int().min(1).default(20),
});
export type Config = z.infer<typeof Config>;

/** Injects the configuration: `@Inject(CONFIG) config: Config`. */
export const CONFIG = Symbol('config');
