import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sendSignal } from '@latchkey/local';
import { owners } from '@latchkey/contracts';
import { familyOf } from '../processes.js';
import { CannotRun, System } from '../system.js';
import { Disk } from './disk.js';

/**
 * Two machines: ours, whose power is cut, and the vendors', which are other companies and keep theirs. Everything lies in one
 * directory of our own; nothing outside of it is touched.
 */
export class Machines {
  readonly directory: string;
  private readonly disk: Disk;
  private vendorsOrNone: System | undefined;
  private oursOrNone: System | undefined;
  private ending: Promise<void> | undefined;

  constructor(private readonly portBase: number) {
    this.directory = mkdtempSync(join(tmpdir(), 'latchkey-power-cut-'));
    // PostgreSQL runs as nobody, who must be able to walk in.
    chmodSync(this.directory, 0o755);
    this.disk = new Disk(this.directory);
  }

  get ours(): System {
    return this.oursOrNone!;
  }

  get vendors(): System {
    return this.vendorsOrNone!;
  }

  async start(): Promise<void> {
    await this.disk.make();
    await this.disk.mount();
    const { portBase } = this;
    const dataDir = join(this.directory, 'vendors');
    this.vendorsOrNone = await System.start({ portBase, dataDir, env: { LATCHKEY_PARTS: 'sandbox' } });
    mkdirSync(this.dataDir);
    // Both sides of each webhook and each API key must know the same secrets.
    copyFileSync(join(dataDir, 'secrets.json'), join(this.dataDir, 'secrets.json'));
    await this.startOurs();
    if (!realpathSync(join(this.dataDir, 'pg')).startsWith(this.disk.place))
      throw new CannotRun(`PostgreSQL could not be put on the disk: nobody may walk into ${tmpdir()}; set TMPDIR.`);
  }

  /** Everything of ours ends in the middle of what it is doing, and the disk keeps what had been synced. */
  cut(): Promise<void> {
    return this.ours.dieWith(() => this.disk.cut());
  }

  async reboot(): Promise<void> {
    await this.disk.reboot();
    await this.startOurs();
  }

  /** Also from the middle of anything; a second call waits for the first. `politely` lets the parts finish their work. */
  end({ politely, keep }: { politely: boolean; keep: boolean }): Promise<void> {
    this.ending ??= (async () => {
      if (politely) for (const system of [this.oursOrNone, this.vendorsOrNone]) await system?.stop();
      // Our own descendants and nobody else's; a host in the middle of its start is among them.
      const [, ...descendants] = await familyOf(process.pid);
      for (const pid of descendants) sendSignal(pid, 'SIGKILL');
      await this.disk.unmount();
      if (!keep) rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
    })();
    return this.ending;
  }

  /** In a folder, because the root of an ext4 holds a lost+found. */
  private get dataDir(): string {
    return join(this.disk.place, 'data');
  }

  private async startOurs(): Promise<void> {
    // Logs are not what is being tested, and are wanted most when something was lost.
    const logs = join(this.directory, 'logs');
    mkdirSync(logs, { recursive: true });
    if (!existsSync(join(this.dataDir, 'logs'))) symlinkSync(logs, join(this.dataDir, 'logs'));
    this.oursOrNone = await System.start({
      portBase: this.portBase,
      dataDir: this.dataDir,
      env: { LATCHKEY_PARTS: ['postgres', 'nats', ...owners].join(',') },
      vendorsElsewhere: true,
    });
  }
}
