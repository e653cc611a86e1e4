/**
 * Runs tasks of one tenant one after the other and different tenants side by side, at most `width` at once. A task that
 * pauses (to try again later) does so outside of the gate, so it holds up its own tenant only.
 */
export class Lanes {
  private readonly tails = new Map<string, Promise<void>>();
  private readonly waiting: (() => void)[] = [];
  private busy = 0;

  constructor(private readonly width: number) {}

  get size(): number {
    return this.tails.size;
  }

  push(key: string, task: () => Promise<void>): void {
    const tail = (this.tails.get(key) ?? Promise.resolve()).then(task).finally(() => {
      if (this.tails.get(key) === tail) this.tails.delete(key);
    });
    this.tails.set(key, tail);
  }

  /** One of `width` places for the real work. */
  async gate<T>(work: () => Promise<T>): Promise<T> {
    if (this.busy >= this.width) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.busy++;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.busy--;
    }
  }

  /** Resolves when every lane is empty. Tasks never reject: they end in an acknowledgement or a dead letter. */
  async idle(): Promise<void> {
    while (this.tails.size > 0) await Promise.allSettled(this.tails.values());
  }
}
