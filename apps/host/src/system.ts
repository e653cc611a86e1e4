import { join } from 'node:path';
import { databaseAnswers, ensureDatabase, LocalProblem } from '@latchkey/local';
import { given, type HostConfig, portsFrom } from './config.js';
import { natsPart, postgresPart } from './infrastructure.js';
import type { Part } from './part.js';
import { program } from './program.js';
import type { Secrets } from './secrets.js';
import { guarded, type VendorEnvironment } from './vendors.js';

export interface Voices {
  /** A warning or an error a part wrote into its log. */
  echo: (part: string, text: string) => void;
  progress: (part: string, text: string) => void;
}

/**
 * The whole system: which processes there are, what each waits for, uses, listens on and is told. Read it from the bottom:
 * six services, the sandbox that stands in for the vendors, the bus and the databases.
 */
export function describeSystem(
  config: HostConfig,
  secrets: Secrets,
  vendors: VendorEnvironment,
  voices: Voices,
): Part[] {
  const { env, dataDir, repoDir } = config;
  const port = portsFrom(config.portBase);
  const at = (part: keyof typeof port, path = '') => `http://127.0.0.1:${port[part]}${path}`;
  const gateway = at('signup');
  const natsUrl = env['NATS_URL'] || `nats://127.0.0.1:${port.nats}`;
  const logFile = (name: string) => join(dataDir, 'logs', `${name}.log`);
  const postgresUrl = (database: string) => `postgres://latchkey@127.0.0.1:${port.postgres}/${database}`;

  const shared = {
    // Tuning and LOG_LEVEL pass through; secrets reach only the parts that are named beside them below.
    ...Object.fromEntries(Object.entries(env).filter(([name]) => !guarded.test(name))),
    NODE_ENV: 'development',
    NODE_COMPILE_CACHE: join(dataDir, 'compile-cache'),
    HOST: '127.0.0.1',
  };

  // What the user set wins over what follows.
  const orGiven = (usual: Record<string, string>) => ({ ...usual, ...given(env, Object.keys(usual)) });

  const service = (name: ServiceName, own: Record<string, string>, uses: string[] = []): Part => {
    const ownUrl = env[databaseVariable(name)];
    const database = name.replaceAll('-', '_');
    return program({
      name,
      main: join(repoDir, `apps/${name}/dist/main.js`),
      ports:
        name === 'signup' ? { gateway: port.signup, 'signup metrics': port.signupMetrics } : { [name]: port[name] },
      waitsFor: ['postgres', 'nats'],
      uses: ['sandbox', ...uses],
      readyUrl: at(name, '/health/ready'),
      logFile: logFile(name),
      echo: (text) => voices.echo(name, text),
      prepare: () => (ownUrl ? mustAnswer(name, ownUrl) : ensureDatabase(postgresUrl('postgres'), database)),
      env: {
        ...shared,
        PORT: String(port[name]),
        // Customers reach the gateway's port, so what it measures is on another.
        ...(name === 'signup' ? { METRICS_PORT: String(port.signupMetrics) } : {}),
        DATABASE_URL: ownUrl || postgresUrl(database),
        NATS_URL: natsUrl,
        ...(env['NATS_URL'] ? {} : { NATS_MONITORING_URL: at('natsMonitoring') }),
        ...orGiven({ PUBLIC_URL: gateway, OPERATOR_TOKEN: secrets.operatorToken, ...own }),
      },
    });
  };

  const infrastructure: Part[] = [];
  if (serviceNames.some((name) => !env[databaseVariable(name)]))
    infrastructure.push(
      postgresPart({ dataDir: join(dataDir, 'pg'), port: port.postgres, logFile: logFile('postgres') }),
    );
  if (!env['NATS_URL'])
    infrastructure.push(
      natsPart({
        dataDir: join(dataDir, 'nats'),
        port: port.nats,
        httpPort: port.natsMonitoring,
        logFile: logFile('nats'),
        onProgress: (line) => voices.progress('nats', line),
      }),
    );

  const sandbox = program({
    name: 'sandbox',
    main: join(repoDir, 'apps/sandbox/dist/main.js'),
    ports: {
      'sandbox console': port.console,
      'sandbox Stripe': port.stripe,
      'sandbox Pinecone': port.pinecone,
      'sandbox OpenAI': port.openai,
      'sandbox SendGrid': port.sendgrid,
      'sandbox CAPTCHA': port.captcha,
    },
    readyUrl: at('console', '/health/live'),
    logFile: logFile('sandbox'),
    echo: (text) => voices.echo('sandbox', text),
    drainTimeoutMs: 5_000,
    // It keeps every vendor's whole state in memory: about 60 kB for each tenant that ever was.
    heapMaxMb: 2_048,
    env: {
      ...shared,
      LATCHKEY_PORT_BASE: String(config.portBase),
      SANDBOX_DATA_DIR: join(dataDir, 'sandbox'),
      SANDBOX_STRIPE_WEBHOOK_URL: at('billing-webhooks', '/stripe-webhook'),
      SANDBOX_STRIPE_WEBHOOK_SECRET: secrets.stripeWebhookSecret,
      SANDBOX_STRIPE_WEBHOOK_EVENTS: stripeEvents.join(','),
      SANDBOX_SENDGRID_WEBHOOK_URL: at('notifier', '/sendgrid-webhook'),
      SANDBOX_SENDGRID_PRIVATE_KEY: secrets.sendgridWebhookPrivateKey,
      SANDBOX_CAPTCHA_SECRET: secrets.captchaSecret,
    },
  });

  const all = [
    ...infrastructure,
    sandbox,
    service('analytics', {}),
    service('notifier', {
      ...vendors.sendgrid,
      FROM_NAME: 'Alex from Latchkey',
      PRODUCT_NAME: 'Latchkey',
      DOCS_URL: `${gateway}/docs`,
      OPS_EMAIL: 'ops@latchkey.example',
      SUPPRESSION_SECRET: secrets.suppressionSecret,
      // The sandbox reports within a moment; two minutes are for the true SendGrid.
      RESEND_GRACE_SECONDS: '10',
    }),
    service('workspace', { ...vendors.pinecone, ...vendors.openai, JWKS_URL: `${gateway}/.well-known/jwks.json` }),
    service(
      'provisioner',
      {
        ...vendors.pinecone,
        ...vendors.openai,
        // Seconds instead of the minutes real vendors deserve (a person is watching), yet longer than a killed service is away.
        PROVISION_RETRY_DELAYS_SECONDS: '1,2,4,8,15',
        // Enough for a burst of signups; made in the background, one at a time.
        WARM_POOL_SIZE: '40',
      },
      ['workspace'],
    ),
    service('billing-webhooks', { ...vendors.stripe }),
    service(
      'signup',
      {
        ...vendors.captcha,
        JWT_PRIVATE_JWK: secrets.jwtPrivateJwk,
        VERIFICATION_SECRET: secrets.verificationSecret,
        // Locally all strangers come from one address, 200 of them in a journey.
        SIGNUPS_PER_ADDRESS_PER_HOUR: '100000',
        REQUESTS_PER_ADDRESS_PER_MINUTE: '1000000',
        WORKSPACE_URL: at('workspace'),
        BILLING_URL: at('billing-webhooks'),
        NOTIFIER_URL: at('notifier'),
        ANALYTICS_URL: at('analytics'),
        PROVISIONER_URL: at('provisioner'),
        FIRST_OPERATOR_EMAIL: firstOperator,
        FIRST_OPERATOR_PASSWORD: secrets.consolePassword,
        SANDBOX_URL: at('console'),
      },
      ['billing-webhooks', 'provisioner', 'workspace', 'notifier', 'analytics'],
    ),
  ];
  const wanted = config.parts ?? all.map(({ name }) => name);
  const unknown = wanted.find((name) => !all.some((part) => part.name === name));
  if (unknown !== undefined)
    throw new LocalProblem(
      `LATCHKEY_PARTS names "${unknown}"; the parts are ${all.map(({ name }) => name).join(', ')}.`,
    );
  return all.filter(({ name }) => wanted.includes(name));
}

/** Who may log in to the console of a system started here; the password is made with the other secrets. */
export const firstOperator = 'operator@latchkey.example';

/** What the webhook endpoint subscribes to, as one would tick in Stripe's dashboard: the types billing-webhooks reads. */
const stripeEvents = [
  'checkout.session.completed',
  'checkout.session.async_payment_succeeded',
  'checkout.session.expired',
  'customer.subscription.updated',
  'customer.subscription.deleted',
  'customer.subscription.trial_will_end',
  'invoice.paid',
  'invoice.payment_failed',
  'charge.refunded',
];

const serviceNames = ['signup', 'billing-webhooks', 'provisioner', 'workspace', 'notifier', 'analytics'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** DATABASE_URL_BILLING_WEBHOOKS and so on: one database per service (DESIGN rule 1), so there is no common DATABASE_URL. */
function databaseVariable(name: ServiceName): string {
  return `DATABASE_URL_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** The database is the user's own: it is never created from here, but a wrong url is said before the service stumbles on it. */
async function mustAnswer(name: ServiceName, url: string): Promise<void> {
  if (!(await databaseAnswers(url, 5_000)))
    throw new LocalProblem(`The database in ${databaseVariable(name)} does not answer.`);
}
