import { LocalProblem } from '@latchkey/local';
import { given, type HostConfig, portsFrom } from './config.js';
import type { Secrets } from './secrets.js';

interface VendorSwitch {
  vendor: string;
  /** Setting this variable means: the real vendor, not the sandbox. */
  key: string;
  /** What the real vendor needs besides the key. */
  needs: string[];
  /** What may be set in either case and then wins. */
  mayHave: string[];
  /** What the services get as long as the key is not set. */
  sandbox: Record<string, string>;
}

export interface VendorEnvironment {
  captcha: Record<string, string>;
  stripe: Record<string, string>;
  pinecone: Record<string, string>;
  openai: Record<string, string>;
  sendgrid: Record<string, string>;
  /** Names of the vendors that are the real ones, for the person who started us: they cost money. */
  real: string[];
}

/**
 * Sandbox or real vendor, one decision each, made by the presence of the vendor's key. A key without the values that must
 * come with it is a LocalProblem: half a switch would send real customers to sandbox data or the other way round.
 */
export function vendorEnvironment({ portBase, env }: HostConfig, secrets: Secrets): VendorEnvironment {
  const port = portsFrom(portBase);
  const at = (number: number, path = '') => `http://127.0.0.1:${number}${path}`;
  const real: string[] = [];
  const decide = ({ vendor, key, needs, mayHave, sandbox }: VendorSwitch) => {
    if (!env[key]) return { ...sandbox, ...given(env, [...needs, ...mayHave]) };
    const missing = needs.filter((name) => !env[name]);
    if (missing.length > 0)
      throw new LocalProblem(
        `${key} is set, so ${vendor} is the real one, and then ${missing.join(' and ')} must be set too.`,
      );
    real.push(vendor);
    return given(env, [key, ...needs, ...mayHave]);
  };

  return {
    real,
    captcha: decide({
      vendor: 'CAPTCHA',
      key: 'CAPTCHA_SECRET',
      needs: ['CAPTCHA_VERIFY_URL'],
      mayHave: ['CAPTCHA_SITE_KEY', 'CAPTCHA_SCRIPT_URL'],
      sandbox: {
        CAPTCHA_SECRET: secrets.captchaSecret,
        CAPTCHA_VERIFY_URL: at(port.captcha, '/turnstile/v0/siteverify'),
        CAPTCHA_SITE_KEY: 'sandbox-site-key',
        CAPTCHA_SCRIPT_URL: at(port.captcha, '/turnstile/v0/api.js'),
      },
    }),
    stripe: decide({
      vendor: 'Stripe',
      key: 'STRIPE_SECRET_KEY',
      needs: ['STRIPE_WEBHOOK_SECRET'],
      mayHave: ['STRIPE_API_URL'],
      sandbox: {
        STRIPE_SECRET_KEY: secrets.stripeSecretKey,
        STRIPE_WEBHOOK_SECRET: secrets.stripeWebhookSecret,
        STRIPE_API_URL: at(port.stripe),
      },
    }),
    pinecone: decide({
      vendor: 'Pinecone',
      key: 'PINECONE_API_KEY',
      needs: ['PINECONE_INDEX_HOST'],
      mayHave: [],
      sandbox: { PINECONE_API_KEY: secrets.pineconeApiKey, PINECONE_INDEX_HOST: at(port.pinecone) },
    }),
    openai: decide({
      vendor: 'OpenAI',
      key: 'OPENAI_API_KEY',
      needs: [],
      mayHave: ['OPENAI_BASE_URL'],
      sandbox: { OPENAI_API_KEY: secrets.openaiApiKey, OPENAI_BASE_URL: at(port.openai, '/v1') },
    }),
    sendgrid: decide({
      vendor: 'SendGrid',
      key: 'SENDGRID_API_KEY',
      needs: ['FROM_EMAIL', 'SENDGRID_WEBHOOK_PUBLIC_KEY'],
      mayHave: ['SENDGRID_API_URL'],
      sandbox: {
        SENDGRID_API_KEY: secrets.sendgridApiKey,
        SENDGRID_API_URL: at(port.sendgrid),
        SENDGRID_WEBHOOK_PUBLIC_KEY: secrets.sendgridWebhookPublicKey,
        FROM_EMAIL: 'hello@latchkey.example',
      },
    }),
  };
}

/** Variables that only the services that need them may see; the rest of the user's environment reaches every part. */
export const guarded =
  /^(npm_|NODE_OPTIONS$|PORT$|HOST$|DATABASE_URL|NATS_URL$|STRIPE_|PINECONE_|OPENAI_|SENDGRID_|CAPTCHA_|JWT_|OPERATOR_TOKEN$|FIRST_OPERATOR_|VERIFICATION_SECRET$|SUPPRESSION_SECRET$|NODE_ENV$)/;
