export type Entry = 'in' | { retryAfterSeconds: number };

/** Nobody is kept at the door for longer: browsers, proxies and people give up. */
const lineMaxMs = 8_000;
/** Bounds what a crowd can make us remember. */
const lineMaxPlaces = 1_000;
const retryMaxSeconds = 30;
const slowestPerSecond = 1;
/** Where one starts after a quiet time: a crowd that comes at once must not all be inside before the first of them has paid. */
const firstPerSecond = 25;
/** More than one machine can hash. */
const fastestPerSecond = 500;
/** What a slower pace changes is seen only when those who came in before have paid. */
const slowAgainAfterMs = 1_000;

interface Waiting {
  let: (entry: Entry) => void;
  timer: NodeJS.Timeout;
}

/**
 * Lets people in one after the other, at a pace that finds itself: slower by a quarter whenever the house is too full, a
 * little faster whenever it is not (additive increase, multiplicative decrease, as TCP does). Whoever does not come faster
 * than the pace notices nothing of it.
 */
export class Pace {
  private rate = firstPerSecond;
  private slowedAtMs = -Infinity;
  private nextAtMs = -Infinity;
  private readonly line: Waiting[] = [];
  private ticking: NodeJS.Timeout | undefined;

  get perSecond(): number {
    return this.rate;
  }

  get waiting(): number {
    return this.line.length;
  }

  async enter(): Promise<Entry> {
    if (this.line.length === 0 && this.takeTurn()) return 'in';
    if (this.line.length >= Math.min(lineMaxPlaces, (this.rate * lineMaxMs) / 1_000 + 1)) return later();
    return new Promise<Entry>((resolve) => {
      const timer = setTimeout(() => {
        this.line.splice(this.line.indexOf(waiting), 1);
        resolve(later());
      }, lineMaxMs);
      const waiting: Waiting = { let: resolve, timer };
      this.line.push(waiting);
      this.tick();
    });
  }

  adapt(how: 'slower' | 'faster'): void {
    const now = performance.now();
    if (how === 'faster') this.rate = Math.min(fastestPerSecond, this.rate + 0.5 + this.rate / 30);
    else if (now - this.slowedAtMs >= slowAgainAfterMs) {
      this.rate = Math.max(slowestPerSecond, this.rate * 0.75);
      this.slowedAtMs = now;
    }
  }

  /** Back to the first pace; whoever waits comes in. */
  reset(): void {
    this.rate = firstPerSecond;
    clearTimeout(this.ticking);
    this.ticking = undefined;
    for (const waiting of this.line.splice(0)) admit(waiting);
  }

  /** A turn that nobody took is not saved for later, but for a second's worth of people who come at once. */
  private takeTurn(): boolean {
    const now = performance.now();
    if (this.nextAtMs > now) return false;
    this.nextAtMs = Math.max(this.nextAtMs, now - 1_000) + 1_000 / this.rate;
    return true;
  }

  private tick(): void {
    this.ticking ??= setTimeout(
      () => {
        this.ticking = undefined;
        while (this.line.length > 0 && this.takeTurn()) admit(this.line.shift()!);
        if (this.line.length > 0) this.tick();
      },
      Math.max(0, this.nextAtMs - performance.now()),
    );
  }
}

function admit(waiting: Waiting): void {
  clearTimeout(waiting.timer);
  waiting.let('in');
}

/** Spread, so that a refused crowd does not come back as one. */
function later(): Entry {
  return { retryAfterSeconds: 2 + Math.round(Math.random() * (retryMaxSeconds - 2)) };
}
