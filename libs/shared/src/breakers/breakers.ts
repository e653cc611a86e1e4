import type { Clock } from '../time/clock.js';
import { Breaker, type BreakerSettings } from './breaker.js';

/** One breaker per vendor for the whole process: whoever notices that a vendor is away spares everybody else. */
export class Breakers {
  private readonly byVendor = new Map<string, Breaker>();

  constructor(
    private readonly clock: Clock,
    private readonly settings: BreakerSettings,
  ) {}

  of(vendor: string): Breaker {
    let breaker = this.byVendor.get(vendor);
    if (!breaker) this.byVendor.set(vendor, (breaker = new Breaker(vendor, this.clock, this.settings)));
    return breaker;
  }
}
