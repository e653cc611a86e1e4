import { join, resolve } from 'node:path';
import { LocalProblem } from '@latchkey/local';

/** Everything that hangs on the machine and the user's environment; read once, in `main.ts`. */
export interface HostConfig {
  readonly repoDir: string;
  /** PostgreSQL's, NATS's and the sandbox's data, the logs and the generated secrets. `npm run reset` removes it. */
  readonly dataDir: string;
  readonly portBase: number;
  /** The longest pause before a part that died is started again; the supervisor's own unless given. */
  readonly restartPauseMaxMs: number | undefined;
  /** Names of the parts to run here; all of them unless given. The others run elsewhere, on the same ports. */
  readonly parts: readonly string[] | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/** Ports are offsets from one base, so that a second system on the same machine needs one variable (DESIGN section 5). */
export function portsFrom(base: number) {
  return {
    signup: base,
    'billing-webhooks': base + 1,
    provisioner: base + 2,
    workspace: base + 3,
    notifier: base + 4,
    analytics: base + 5,
    signupMetrics: base + 6,
    console: base + 10,
    stripe: base + 11,
    pinecone: base + 12,
    openai: base + 13,
    sendgrid: base + 14,
    captcha: base + 15,
    nats: base + 22,
    natsMonitoring: base + 23,
    postgres: base + 32,
  };
}

/**
 * Ports that fetch refuses to speak to (the fetch standard's list, from 1024 on): a service there would run and never be
 * found ready, and no browser would open it.
 */
const fetchBlockedPorts = [
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

/** Throws a LocalProblem that names the variable when a value cannot work. */
export function readConfig(env: NodeJS.ProcessEnv): HostConfig {
  const repoDir = resolve(import.meta.dirname, '../../..');
  const given = env['LATCHKEY_PORT_BASE'] || '4000';
  const portBase = Number(given);
  if (!Number.isInteger(portBase) || portBase < 1_024 || portBase > 65_500)
    throw new LocalProblem(`LATCHKEY_PORT_BASE must be a whole number from 1024 to 65500, not "${given}".`);
  const blocked = Object.values(portsFrom(portBase)).find((port) => fetchBlockedPorts.includes(port));
  if (blocked !== undefined)
    throw new LocalProblem(
      `LATCHKEY_PORT_BASE=${portBase} would use port ${blocked}, which browsers and Node refuse to connect to; choose another, such as ${blocked + 100}.`,
    );
  const pause = env['LATCHKEY_RESTART_PAUSE_MAX_MS'];
  const restartPauseMaxMs = pause ? Number(pause) : undefined;
  if (restartPauseMaxMs !== undefined && !(restartPauseMaxMs >= 250 && restartPauseMaxMs <= 60_000))
    throw new LocalProblem(`LATCHKEY_RESTART_PAUSE_MAX_MS must be from 250 to 60000, not "${pause}".`);
  return {
    repoDir,
    restartPauseMaxMs,
    parts: env['LATCHKEY_PARTS'] ? env['LATCHKEY_PARTS'].split(',').map((name) => name.trim()) : undefined,
    dataDir: resolve(env['LATCHKEY_DATA_DIR'] || join(repoDir, '.latchkey')),
    portBase,
    env,
  };
}

/** The variables of `names` that the user set, an empty one counting as not set. */
export function given(env: NodeJS.ProcessEnv, names: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = env[name];
    if (value) found[name] = value;
  }
  return found;
}
