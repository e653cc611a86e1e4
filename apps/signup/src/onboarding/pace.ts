export type Entry = 'in' | { retryAfterSeconds: number };

/** Nobody is kept at the door for longer: browsers, proxies and people give up. */
const lineMaxMs = 8_000;
/** Bounds what a crowd can make us remember. */
const lineMaxPlaces = 1_000;
const retryMaxSeconds = 30;
const slowestPerSecond = 1;
/** Where one starts after a quiet time: a crowd that comes at once must not all be inside before the first of them has paid. */
const firstPerSecond = 10;
/** More than one machine can hash. */
const fastestPerSecond = 500;
/** So many of those who paid lately may wait too long: below a half, because the middle customer is the one promised to (S6). */
const lateShareMax = 0.35;
/** Fewer payments than these say little: one late among two is no crowd. */
const fewestPaid = 5;
/** What a cut changes is seen only when those who came in before it have paid: they take so long to their payment. */
const toPaymentMs = 1_000;
const cutTo = 0.65;
/** Up to here one goes back quickly after a cut; further on the crowd is near what the house can take, and one feels one's way. */
const nearKnown = 0.85;
/** How much faster at each look. Where none of a crowd has paid after so many looks, it does not come to pay; and a line of so few seconds is no crowd. */
const growth = { unseen: 0.01, nobody: 0.2, seen: 0.05, back: 0.08, beyond: 0.01 };
const nobodyAfterLooks = 12;
const shortLineSeconds = 2;

/** Who was cleared for a workspace lately, and how many of them waited too long for it or still wait. */
export interface PaidLately {
  paid: number;
  late: number;
}

interface Waiting {
  let: (entry: Entry) => void;
  timer: NodeJS.Timeout;
}

/**
 * Lets people in one after the other, at a pace that finds itself: cut by a third when too many of those who have paid wait,
 * then quickly back to near the pace that was too much, and slowly beyond it (the way of TCP Cubic, RFC 9438). Whoever does
 * not come faster than the pace notices nothing of it.
 */
export class Pace {
  private rate = firstPerSecond;
  /** The last pace that was too much. */
  private known: number | undefined;
  private cutAtMs = -Infinity;
  private looksWithoutPayment = 0;
  private hasHeldBack = false;
  private nextAtMs = -Infinity;
  private readonly line: Waiting[] = [];
  private ticking: NodeJS.Timeout | undefined;

  /** `seenAfterMs`: the oldest clearances that a look counts. */
  constructor(private readonly seenAfterMs: number) {}

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
      this.hasHeldBack = true;
      this.tick();
    });
  }

  /** To be called at regular looks: growth is for each look. */
  adapt({ paid, late }: PaidLately): void {
    this.looksWithoutPayment = paid === 0 ? this.looksWithoutPayment + 1 : 0;
    // A pace that holds nobody back has not been tried: a quiet evening must not open the door for the crowd of the next minute.
    const isTried = this.hasHeldBack || this.line.length > 0;
    this.hasHeldBack = false;
    if (late <= lateShareMax * Math.max(paid, fewestPaid)) {
      if (isTried) this.rate = Math.min(fastestPerSecond, this.rate * (1 + this.growthAfter(paid)));
    } else if (performance.now() - this.cutAtMs >= this.seenAfterMs + toPaymentMs) {
      this.cutAtMs = performance.now();
      this.known = this.rate;
      this.rate = Math.max(slowestPerSecond, this.rate * cutTo);
    }
  }

  /** Before the first of a crowd can have paid, nothing says that the house could take more. */
  private growthAfter(paid: number): number {
    const isShort = this.line.length <= this.rate * shortLineSeconds;
    if (this.looksWithoutPayment > (isShort ? 0 : nobodyAfterLooks)) return growth.nobody;
    if (this.known !== undefined) return this.rate < this.known * nearKnown ? growth.back : growth.beyond;
    return growth.unseen + (growth.seen - growth.unseen) * Math.min(1, paid / (2 * fewestPaid));
  }

  /** Back to the first pace; whoever waits comes in. */
  reset(): void {
    this.rate = firstPerSecond;
    this.known = undefined;
    this.looksWithoutPayment = 0;
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
