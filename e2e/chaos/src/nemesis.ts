import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PlannedFault } from './faults.js';
import type { Sandbox } from './sandbox.js';
import type { System } from './system.js';

/** What really happened, by kind; what a vendor did to a request is counted from the sandbox's journal instead. */
export type Injected = Record<string, number>;

/** Carries out the planned faults, each at its time. A fault that finds nothing to break is not counted. */
export class Nemesis {
  readonly injected: Injected = {};
  readonly skipped = new Set<string>();
  private readonly stopped = new AbortController();
  private work: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly system: System,
    private readonly sandbox: Sandbox,
    private readonly onFault: (text: string) => void,
  ) {}

  start(faults: readonly PlannedFault[], beganMs: number): void {
    this.work = Promise.all(
      faults.map(async (fault) => {
        await this.pause(fault.atMs - (performance.now() - beganMs));
        if (this.stopped.signal.aborted) return;
        this.onFault(describe(fault));
        await this.carryOut(fault).catch((error: unknown) =>
          this.onFault(`${describe(fault)} failed: ${String(error)}`),
        );
      }),
    );
  }

  /** Resolves when every planned fault is over. */
  async finished(): Promise<void> {
    await this.work;
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.work;
  }

  private async carryOut(fault: PlannedFault): Promise<void> {
    const { system, sandbox } = this;
    switch (fault.kind) {
      case 'kill':
        return this.count(`kill ${fault.part}`, await system.signal(fault.part, 'SIGKILL'));
      case 'stop': {
        this.count(`stop ${fault.part}`, await system.signal(fault.part, 'SIGSTOP'));
        await this.pause(fault.forMs);
        await system.signal(fault.part, 'SIGCONT');
        return;
      }
      case 'vendor': {
        const id = await sandbox.addRule(fault.rule);
        await this.pause(fault.forMs);
        return sandbox.removeRule(id);
      }
      case 'webhook': {
        await sandbox.setWebhookFaults(fault.settings);
        await this.pause(fault.forMs);
        return sandbox.setWebhookFaults({});
      }
      case 'bus-wipe':
        return this.wipeBus();
      case 'db-restart':
        return this.count(`db-restart ${fault.signal}`, await system.signal('postgres', fault.signal));
      case 'clock-leap':
        await sandbox.advance(fault.seconds);
        return this.count('clock-leap', true);
      case 'disk-full':
        this.skipped.add('disk: the data directory of this run has no disk of its own that could be filled.');
    }
  }

  /** Everything NATS ever acknowledged is gone at once, as on a lost disk; it comes back empty. */
  private async wipeBus(): Promise<void> {
    const store = join(this.system.options.dataDir, 'nats/jetstream');
    const killed = await this.system.signal('nats', 'SIGKILL');
    rmSync(store, { recursive: true, force: true, maxRetries: 5 });
    this.count('bus-wipe', killed);
  }

  private count(name: string, happened: boolean): void {
    if (happened) this.injected[name] = (this.injected[name] ?? 0) + 1;
  }

  private async pause(ms: number): Promise<void> {
    if (ms > 0) await sleep(ms, undefined, { signal: this.stopped.signal }).catch(() => undefined);
  }
}

export function describe(fault: PlannedFault): string {
  switch (fault.kind) {
    case 'kill':
      return `kill ${fault.part}`;
    case 'stop':
      return `stop ${fault.part} for ${fault.forMs} ms`;
    case 'vendor': {
      const { match, action } = fault.rule;
      const what = action.type === 'status' ? String(action['status']) : action.type;
      return `${match.vendor}: ${what} to ${Math.round(match.probability * 100)} % for ${fault.forMs} ms`;
    }
    case 'webhook':
      return `webhooks: ${JSON.stringify(fault.settings)} for ${fault.forMs} ms`;
    case 'db-restart':
      return `restart PostgreSQL by ${fault.signal}`;
    case 'clock-leap':
      return `the vendors' clock leaps by ${fault.seconds} s`;
    default:
      return fault.kind;
  }
}
