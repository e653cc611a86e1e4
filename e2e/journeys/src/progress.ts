import cliProgress from 'cli-progress';
import type { Journey } from './stranger.js';

const lineEveryMs = 5_000;

/** Where the journey stands, on stderr: a bar for a person, a line every few seconds for a log. */
export class Progress {
  private readonly counts = { activated: 0, compensated: 0, lost: 0 };
  private readonly bar: cliProgress.SingleBar | undefined;
  private readonly timer: NodeJS.Timeout | undefined;
  private readonly startedMs = performance.now();

  constructor(
    private readonly total: number,
    private readonly out: NodeJS.WriteStream,
  ) {
    if (out.isTTY) {
      const format = '{bar} {value}/{total} strangers, {duration} s  {words}';
      this.bar = new cliProgress.SingleBar({ stream: out, format }, cliProgress.Presets.shades_classic);
      this.bar.start(total, 0, { words: '' });
    } else {
      this.timer = setInterval(() => this.line(), lineEveryMs);
      this.timer.unref();
    }
  }

  ended({ outcome }: Journey): void {
    this.counts[outcome] += 1;
    this.bar?.update(this.done, { words: this.words });
  }

  stop(): void {
    clearInterval(this.timer);
    this.bar?.stop();
    if (!this.bar) this.line();
  }

  private get done(): number {
    return this.counts.activated + this.counts.compensated + this.counts.lost;
  }

  private get words(): string {
    const { activated, compensated, lost } = this.counts;
    return `${activated} activated, ${compensated} compensated, ${lost} lost`;
  }

  private line(): void {
    const seconds = Math.round((performance.now() - this.startedMs) / 1_000);
    this.out.write(`${seconds} s: ${this.done}/${this.total} strangers ended: ${this.words}\n`);
  }
}
