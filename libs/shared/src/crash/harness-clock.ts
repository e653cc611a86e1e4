import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Clock } from '../time/clock.js';

/** Time is asked for at every step; the file at most so often. */
const betweenLooksMs = 50;

const fileOf = (directory: string) => join(directory, 'clock-ahead-ms');

/** Every service of this directory goes so far ahead of the machine's clock from now on, its later lives too. */
export function setClocksAhead(directory: string, ms: number): void {
  mkdirSync(directory, { recursive: true });
  // Whole or not at all: a service may look in the very moment.
  writeFileSync(`${fileOf(directory)}.new`, String(ms));
  renameSync(`${fileOf(directory)}.new`, fileOf(directory));
}

/**
 * The clock of a process under the chaos harness: true time plus what `setClocksAhead` said last. Trials, deadlines and
 * keys that a vendor forgets after a day can then pass in a run, for services and vendors alike.
 */
export class HarnessClock extends Clock {
  private aheadMs = 0;
  private lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly directory: string) {
    super();
  }

  override nowMs(): number {
    if (performance.now() - this.lookedAtMs > betweenLooksMs) {
      const file = fileOf(this.directory);
      this.aheadMs = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
      this.lookedAtMs = performance.now();
    }
    return super.nowMs() + this.aheadMs;
  }
}
