import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CannotRun } from '../system.js';

/** Sparse: what is not written takes no space. PostgreSQL's log alone may grow to 1 GB. */
const sizeBytes = 3 * 2 ** 30;
const unmountTimeoutMs = 20_000;

/** `EXT4_IOC_SHUTDOWN` with `NOLOGFLUSH`: from now on nothing reaches the disk, not even the journal. Node has no ioctl. */
const shutdownBy: [program: string, args: string[]][] = [
  ['perl', ['-e', 'open(my $d, "<", $ARGV[0]) or die $!; my $f = pack("L", 2); ioctl($d, 0x8004587d, $f) or die $!']],
  ['python3', ['-c', 'import fcntl,os,struct,sys; fcntl.ioctl(os.open(sys.argv[1],0),0x8004587d,struct.pack("I",2))']],
];

/**
 * A disk of our own whose power can be cut: a file with an ext4 in it, mounted through a loop device. What was written and
 * not synced by then is gone, as in a true power cut; what a drive's own cache would lose is not imitated.
 */
export class Disk {
  readonly place: string;
  private readonly image: string;
  private mounted = false;

  /** `directory` is ours alone. */
  constructor(directory: string) {
    this.place = join(directory, 'disk');
    this.image = join(directory, 'disk.img');
  }

  /** Why this machine cannot do it, in one sentence. */
  static async whyNot(): Promise<string | undefined> {
    if (process.platform !== 'linux')
      return `A power cut needs Linux (ext4 and its shutdown ioctl); this is ${process.platform}.`;
    if (process.getuid?.() !== 0) return 'A power cut needs root, to mount a file as a disk.';
    if (!existsSync('/dev/loop-control')) return 'A power cut needs loop devices, and there is no /dev/loop-control.';
    for (const tool of ['mkfs.ext4', 'mount', 'umount'])
      if (!(await exists(tool))) return `A power cut needs ${tool}, which is not installed.`;
    return (await shutdownProgram()) ? undefined : 'A power cut needs perl or python3, because Node cannot call ioctl.';
  }

  async make(): Promise<void> {
    mkdirSync(this.place);
    writeFileSync(this.image, '');
    truncateSync(this.image, sizeBytes);
    await run('mkfs.ext4', ['-q', '-F', '-m', '0', this.image]);
  }

  /** After a cut this is what a reboot does: the journal is replayed. The loop device goes with the mount. */
  async mount(): Promise<void> {
    await run('mount', ['-t', 'ext4', '-o', 'loop', this.image, this.place]).catch((error: Error) => {
      throw new CannotRun(`The disk could not be mounted: ${error.message.trim().split('\n').at(-1)}`);
    });
    this.mounted = true;
  }

  /** Throws CannotRun when the disk then turns out to have kept what was never synced: such a cut would prove nothing. */
  async cut(): Promise<void> {
    writeFileSync(this.canary, 'never synced');
    const [program, args] = (await shutdownProgram())!;
    await run(program, [...args, this.place]);
  }

  async reboot(): Promise<void> {
    await this.unmount();
    await this.mount();
    if (existsSync(this.canary) && readFileSync(this.canary, 'utf8') !== '')
      throw new CannotRun('This file system kept what was never synced: cutting its power proves nothing.');
  }

  /** Harmless when there is nothing to unmount. A process that is just ending may hold it for a moment. */
  async unmount(): Promise<void> {
    const deadline = performance.now() + unmountTimeoutMs;
    while (this.mounted)
      try {
        await run('umount', [this.place]);
        this.mounted = false;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await sleep(100);
      }
  }

  private get canary(): string {
    return join(this.place, 'never-synced');
  }
}

async function shutdownProgram(): Promise<(typeof shutdownBy)[number] | undefined> {
  for (const choice of shutdownBy) if (await exists(choice[0])) return choice;
  return undefined;
}

async function exists(program: string): Promise<boolean> {
  return run('which', [program]).then(
    () => true,
    () => false,
  );
}

/** Root's own PATH may lack the folders of the system's tools. */
function run(program: string, args: string[]) {
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`, LC_ALL: 'C' };
  return promisify(execFile)(program, args, { env, timeout: 60_000 });
}
