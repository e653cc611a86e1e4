import { owners, portOffsets, type Owner } from '@latchkey/contracts';
import { hasExited, sendSignal, tieToThisProcess, waitUntilGone } from '@latchkey/local';
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { OwnPart } from './faults.js';
import { familyOf, partsOf, signalPart } from './processes.js';

export interface SystemOptions {
  portBase: number;
  dataDir: string;
  env?: NodeJS.ProcessEnv;
  /** The vendors are another system's, on the same ports: their life is not this one's. */
  vendorsElsewhere?: boolean;
}

/** Says in one sentence why there can be no run. */
export class CannotRun extends Error {}

const repoDir = resolve(import.meta.dirname, '../../..');
const startTimeoutMs = 120_000;
const stopTimeoutMs = 60_000;

/**
 * What the host is told besides ports and data: seconds where production has minutes, so that a run ends. A part is back
 * within a second whatever killed it, and a stranger may press the button as often as a broken network makes him.
 */
const impatience = {
  LATCHKEY_RESTART_PAUSE_MAX_MS: '1000',
  PROVISION_RETRY_DELAYS_SECONDS: '1,2,3,5',
  WARM_POOL_SIZE: '6',
  SIGNUPS_PER_EMAIL_PER_DAY: '100000',
  RESEND_GRACE_SECONDS: '5',
};

/** A whole system of our own under the supervisor that `npm start` uses, with its own ports and its own data. */
export class System {
  readonly crashDir: string;
  private readonly pools = new Map<string, pg.Pool>();

  private constructor(
    private readonly host: ChildProcess,
    readonly options: SystemOptions,
  ) {
    this.crashDir = join(options.dataDir, 'crash');
  }

  static async start(options: SystemOptions): Promise<System> {
    const { portBase, dataDir } = options;
    mkdirSync(join(dataDir, 'logs'), { recursive: true });
    const host = spawn(process.execPath, ['--enable-source-maps', join(repoDir, 'apps/host/dist/main.js')], {
      env: {
        ...process.env,
        ...impatience,
        CRASH_POINTS_DIR: join(dataDir, 'crash'),
        ...options.env,
        LATCHKEY_PORT_BASE: String(portBase),
        LATCHKEY_DATA_DIR: dataDir,
        NO_COLOR: '1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    tieToThisProcess(host, 'SIGTERM', 40);
    const log = createWriteStream(join(dataDir, 'logs/host.log'), { flags: 'a' });
    const system = new System(host, options);
    let said = '';
    for (const stream of [host.stdout, host.stderr])
      stream.on('data', (chunk: Buffer) => {
        log.write(chunk);
        said = (said + chunk.toString()).slice(-4_000);
      });
    const deadline = performance.now() + startTimeoutMs;
    while (!said.includes('everything is ready after')) {
      if (hasExited(host) || performance.now() > deadline) {
        await system.stop();
        throw new CannotRun(`The system did not start: ${said.trim().split('\n').slice(-3).join(' / ')}`);
      }
      await sleep(100);
    }
    return system;
  }

  get gateway(): string {
    return this.url('signup');
  }

  get operatorToken(): string {
    return this.secrets['operatorToken']!;
  }

  get secrets(): Record<string, string> {
    return JSON.parse(readFileSync(join(this.options.dataDir, 'secrets.json'), 'utf8')) as Record<string, string>;
  }

  url(part: keyof typeof portOffsets): string {
    return `http://127.0.0.1:${this.options.portBase + portOffsets[part]}`;
  }

  get natsUrl(): string {
    return `nats://127.0.0.1:${this.options.portBase + portOffsets.nats}`;
  }

  signal(part: OwnPart | 'sandbox', signal: NodeJS.Signals): Promise<boolean> {
    return signalPart(this.host.pid!, part, signal);
  }

  /** Every process of every part that runs. */
  parts(): Promise<Map<OwnPart | 'sandbox', number[]>> {
    return partsOf(this.host.pid!);
  }

  /** The first process of every part that runs. */
  async pids(): Promise<Map<OwnPart | 'sandbox', number>> {
    return new Map([...(await this.parts())].map(([part, [pid]]) => [part, pid!]));
  }

  /** Nothing stays stopped: also what was stopped by a fault whose end never came. */
  async resumeAll(): Promise<void> {
    for (const part of (await this.pids()).keys()) await this.signal(part, 'SIGCONT');
  }

  /** Every part answers that it is ready; false after `timeoutMs`, with the name of one that is not. */
  async isReady(timeoutMs: number): Promise<true | string> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const silent = await this.firstSilent();
      if (!silent) return true;
      if (performance.now() > deadline) return silent;
      await sleep(250);
    }
  }

  /** A look into one service's database, which no service may do. Tried again while PostgreSQL is being restarted. */
  async sql<Row = Record<string, unknown>>(service: Owner, text: string, values: unknown[] = []): Promise<Row[]> {
    for (let tries = 1; ; tries++) {
      try {
        return (await this.poolOf(service).query(text, values)).rows as Row[];
      } catch (error) {
        const { code } = error as { code?: string };
        // An error of SQL itself (class 42, 22) is ours and comes again.
        if (tries === 40 || (code !== undefined && /^(42|22)/.test(code))) throw error;
        await sleep(250);
      }
    }
  }

  /**
   * What a power cut is to the processes: all stand still, `meanwhile` happens to the disk, and none of them ever goes on.
   * PostgreSQL's processes and the watchers of `tieToThisProcess` are among them.
   */
  async dieWith(meanwhile: () => Promise<void>): Promise<void> {
    const pids = await familyOf(this.host.pid!);
    try {
      for (const pid of pids) sendSignal(pid, 'SIGSTOP');
      await meanwhile();
    } finally {
      // Also when the disk would not: whoever cleans up could not unmount it under processes that stand still.
      for (const pid of pids) sendSignal(pid, 'SIGKILL');
    }
    for (const pid of pids)
      if (!(await waitUntilGone(pid, 10_000))) throw new Error(`process ${pid} outlived its SIGKILL`);
    await this.closePools();
  }

  private async closePools(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.end().catch(() => undefined)));
    this.pools.clear();
  }

  async stop(): Promise<void> {
    await this.closePools();
    if (hasExited(this.host)) return;
    await this.resumeAll();
    this.host.kill('SIGTERM');
    const deadline = performance.now() + stopTimeoutMs;
    while (!hasExited(this.host)) {
      if (performance.now() > deadline) this.host.kill('SIGKILL');
      await sleep(50);
    }
  }

  private async firstSilent(): Promise<string | undefined> {
    const running = await this.pids();
    const needed = ['postgres', 'nats', ...(this.options.vendorsElsewhere ? [] : (['sandbox'] as const))] as const;
    for (const part of needed) if (!running.has(part)) return part;
    for (const owner of owners) {
      const answer = await fetch(`${this.url(owner)}/health/ready`, { signal: AbortSignal.timeout(3_000) }).catch(
        () => undefined,
      );
      if (!answer?.ok) return owner;
    }
    return undefined;
  }

  private poolOf(service: Owner): pg.Pool {
    let pool = this.pools.get(service);
    if (!pool) {
      const port = this.options.portBase + portOffsets.postgres;
      const database = service.replaceAll('-', '_');
      pool = new pg.Pool({
        connectionString: `postgres://latchkey@127.0.0.1:${port}/${database}`,
        max: 2,
        connectionTimeoutMillis: 3_000,
        options: '-c timezone=UTC -c statement_timeout=30000',
      });
      // A connection that PostgreSQL's end cut is replaced; whoever was using it hears of it himself.
      pool.on('error', () => undefined);
      this.pools.set(service, pool);
    }
    return pool;
  }
}
