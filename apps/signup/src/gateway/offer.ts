import { type Offer, planNames, plans, sampleQuestion, trialDays } from '@latchkey/contracts';
import type { Config } from '../config.js';

/** What is for sale here, and what a browser must know to buy it. */
export function offerOf(config: Config): Offer {
  const { CAPTCHA_SITE_KEY: siteKey, CAPTCHA_SCRIPT_URL: scriptUrl } = config;
  return {
    plans: planNames.map((name) => {
      const { title, priceCentsPerMonth, limits } = plans[name];
      return {
        name,
        title,
        price_cents_per_month: priceCentsPerMonth,
        documents_max: limits.documentsMax,
        queries_per_month_max: limits.queriesPerMonthMax,
        api_keys_max: limits.apiKeysMax,
      };
    }),
    trial_days: trialDays,
    terms_version: config.TERMS_VERSION,
    support_email: config.SUPPORT_EMAIL,
    sales_email: config.SALES_EMAIL,
    sample_question: sampleQuestion.text,
    captcha: siteKey === undefined ? null : { script_url: scriptUrl, site_key: siteKey },
    sandbox_url: config.SANDBOX_URL ?? null,
  };
}
