import { Inject, Injectable } from '@nestjs/common';
import { Breaker } from '@latchkey/shared/breakers';
import { Clock } from '@latchkey/shared/time';
import { CONFIG, type Config } from '../config.js';

/** The breakers before the vendors a run needs: theirs to stop calls, the run's to know that it is not its own failure. */
@Injectable()
export class VendorBreakers {
  readonly pinecone: Breaker;
  readonly openai: Breaker;

  constructor(clock: Clock, @Inject(CONFIG) config: Config) {
    const settings = {
      failures: config.BREAKER_FAILURES,
      pauseSeconds: config.BREAKER_PAUSE_SECONDS,
      pauseMaxSeconds: config.BREAKER_PAUSE_MAX_SECONDS,
    };
    this.pinecone = new Breaker('pinecone', clock, settings);
    this.openai = new Breaker('openai', clock, settings);
  }

  of(vendor: string): Breaker | undefined {
    return [this.pinecone, this.openai].find((breaker) => breaker.vendor === vendor);
  }
}
