import { z } from 'zod';
import { Plan } from '../plans.js';

/**
 * What the gateway tells the browser with the page itself: the offer as it is configured here, so that the web needs no
 * build of its own for each installation. Everybody can read it.
 */
export const Offer = z.object({
  plans: z.array(
    z.object({
      name: Plan,
      title: z.string(),
      price_cents_per_month: z.int(),
      documents_max: z.int(),
      queries_per_month_max: z.int(),
      api_keys_max: z.int(),
    }),
  ),
  trial_days: z.int(),
  terms_version: z.string(),
  support_email: z.string(),
  sales_email: z.string(),
  sample_question: z.string(),
  /** Turnstile's script (or the sandbox's stand-in for it) and the public site key; null where no CAPTCHA is asked for. */
  captcha: z.object({ script_url: z.string(), site_key: z.string() }).nullable(),
  /** Where the vendors' stand-ins have their console; null with the real vendors. */
  sandbox_url: z.string().nullable(),
});
export type Offer = z.infer<typeof Offer>;
