/**
 * The one source of time (DESIGN rule 9). In production it is the machine's; a test moves it forward, and everything
 * that asked it (trials, codes, sessions, stuck rules) believes it.
 */
export class Clock {
  private offsetMs = 0;

  now(): Date {
    return new Date(this.nowMs());
  }

  nowMs(): number {
    return Date.now() + this.offsetMs;
  }

  nowIso(): string {
    return this.now().toISOString();
  }

  /** For tests only: the harness moves due jobs along with it. */
  advance(ms: number): void {
    this.offsetMs += ms;
  }
}
