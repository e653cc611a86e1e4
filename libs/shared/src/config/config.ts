import { z } from 'zod';

/** A configuration that cannot work; the message names every variable and what is wrong with it. */
export class ConfigError extends Error {}

/** What every service needs from its environment. A service's own config.ts extends it. */
export const CommonConfig = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  /** 0 takes any free port, which tests use. */
  PORT: z.coerce.number().int().min(0).max(65_535),
  HOST: z.string().default('127.0.0.1'),
  /** Metrics are served on this port and on no other; left out, on PORT, unless strangers reach that one. */
  METRICS_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
  /** The service's own database; nobody else connects to it (DESIGN rule 1). Its user need not own the tables. */
  DATABASE_URL: z.string().startsWith('postgres'),
  /** The same database as the owner of its tables, for migrations; DATABASE_URL's user is given what it needs by them. */
  MIGRATIONS_DATABASE_URL: z.string().startsWith('postgres').optional(),
  /** `false` where a job of its own migrates (`dist/migrate.js`); the service then only looks whether it has. */
  MIGRATE_AT_START: z.stringbool().default(true),
  DATABASE_POOL_MAX: z.coerce.number().int().min(2).max(200).default(16),
  NATS_URL: z.string(),
  /** NATS's monitoring pages: with it the metrics say whether the server itself is well. */
  NATS_MONITORING_URL: z.url().optional(),
  /** The service's identity on a bus that has them. It then makes no streams and consumers: the bus-keeper does. */
  NATS_NKEY_SEED: z.string().startsWith('SU').optional(),
  /** Copies of each stream; 3 on a cluster (DESIGN section 6). */
  NATS_REPLICAS: z.coerce.number().int().min(1).max(5).default(1),
  /**
   * How long a service that was asked to stop says "not ready" and still answers, so that whoever sends it requests can
   * notice first. 0 on one machine; behind a load balancer, longer than that takes to look.
   */
  STOP_DELAY_MS: z.coerce.number().int().min(0).max(10_000).default(0),
  /** Spans go to this collector (OTLP over HTTP); left out, none are made. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional(),
  /** The share of traces that is kept, by their id; all services need the same. */
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** The one public origin customers see; links in mails and redirects start with it. */
  PUBLIC_URL: z.url(),
  /** How many events a service works on at once; events of one tenant are never worked on side by side. */
  EVENT_CONCURRENCY: z.coerce.number().int().min(1).max(256).default(16),
  /** Tries before an event goes to the dead letters, and the first pause between them. */
  EVENT_TRIES_MAX: z.coerce.number().int().min(1).max(50).default(8),
  EVENT_RETRY_BASE_MS: z.coerce.number().int().min(1).default(250),
  /** So many failed calls in a row stop the calls to a vendor; fewer than work has tries, or one piece alone would fail first. */
  BREAKER_FAILURES: z.coerce.number().int().min(1).default(3),
  /** How long they are stopped before one tries; it doubles up to the most while the vendor stays away. */
  BREAKER_PAUSE_SECONDS: z.coerce.number().positive().default(10),
  BREAKER_PAUSE_MAX_SECONDS: z.coerce.number().positive().default(60),
  /** Only for the chaos harness: the process kills itself at the points armed in this directory. Refused in production. */
  CRASH_POINTS_DIR: z.string().optional(),
});
export type CommonConfig = z.infer<typeof CommonConfig>;

/** Reads the environment once, at start. An empty variable counts as missing. Throws ConfigError with one line per fault. */
export function loadConfig<Schema extends z.ZodType>(schema: Schema, env: NodeJS.ProcessEnv): z.infer<Schema> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => {
    const name = issue.path.join('.') || '(all)';
    return given[String(issue.path[0])] === undefined ? `${name} is missing` : `${name} is not valid: ${issue.message}`;
  });
  throw new ConfigError(`Configuration is incomplete: ${lines.join('; ')}.`);
}

/** The process's environment, for the one place that starts a service. */
export function environment(): NodeJS.ProcessEnv {
  return process.env;
}
