import { Bus, DeadLetters, JournalConsumer } from '@latchkey/shared/messaging';
import { Log } from '@latchkey/shared/observability';
import { Door } from '@latchkey/shared/persistence';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { RecordFacts } from './record-facts.js';

/** The only door for events: all of them, of every owner, in batches (DESIGN section 4). */
@Injectable()
export class Journal implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly consumer: JournalConsumer;

  constructor(bus: Bus, door: Door, deadLetters: DeadLetters, log: Log, recordFacts: RecordFacts) {
    this.consumer = new JournalConsumer(bus, door, deadLetters, log, (facts) => recordFacts.run(facts));
  }

  onApplicationBootstrap(): void {
    this.consumer.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.consumer.stop();
  }
}
