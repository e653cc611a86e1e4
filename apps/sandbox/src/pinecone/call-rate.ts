import type { Sim } from '../core/sim.js';
import { PineconeError } from './errors.js';

/** Counts calls of one kind in one namespace within the running second and refuses those over the limit with 429. */
export class CallRate {
  readonly #counts = new Map<string, number>();
  #second = 0;

  constructor(
    private readonly sim: Sim,
    private readonly callsPerSecond: number,
  ) {}

  take(kind: 'query' | 'upsert' | 'delete' | 'update', namespace: string): void {
    if (this.callsPerSecond === 0) return;
    const second = this.sim.clock.nowSeconds();
    if (second !== this.#second) this.#counts.clear();
    this.#second = second;
    const key = `${kind}\n${namespace}`;
    const count = (this.#counts.get(key) ?? 0) + 1;
    if (count > this.callsPerSecond) {
      const limit = `${this.callsPerSecond} ${kind} requests per second per namespace`;
      throw new PineconeError(
        429,
        `Request failed. You've reached the limit of ${limit}. Pace your requests or retry later.`,
      );
    }
    this.#counts.set(key, count);
  }
}
