import type { JsMsg } from '@nats-io/jetstream';
import { owners } from '@latchkey/contracts';
import type { Log } from '../observability/logger.js';
import type { Door } from '../persistence/door.js';
import { delay } from '../time/delay.js';
import type { Bus } from './bus.js';
import { consumeForever } from './consume.js';
import type { DeadLetters } from './dead-letters.js';
import { readFact, UnreadableEvent, type Fact } from './fact.js';
import { rawMessage } from './raw-message.js';
import { ackWaitMs } from './streams.js';

const batchMax = 500;
/** How long the first message of a batch waits for company. */
const gatherMs = 50;

/**
 * For whoever only records: every event of every owner, in batches, one transaction each (DESIGN section 4's budget).
 * There is no inbox row: `write` must be safe to repeat (insert ... on conflict do nothing by event id).
 */
export class JournalConsumer {
  private readonly stopping = new AbortController();
  private readonly waiting: JsMsg[] = [];
  private readonly inFlight = new Set<JsMsg>();
  private work: Promise<unknown> = Promise.resolve();
  private heartbeat: NodeJS.Timeout | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly door: Door,
    private readonly deadLetters: DeadLetters,
    private readonly log: Log,
    private readonly write: (facts: Fact[]) => Promise<void>,
  ) {}

  start(): void {
    this.heartbeat = setInterval(() => {
      for (const message of this.inFlight) message.working();
    }, ackWaitMs / 3);
    const loops = owners.map((owner) =>
      consumeForever(
        {
          bus: this.bus,
          owner,
          durable: `${this.bus.service}-journal`,
          filters: [`latchkey.${owner}.>`],
          signal: this.stopping.signal,
          log: this.log,
          pendingMax: 2 * batchMax,
        },
        (message) => {
          this.inFlight.add(message);
          this.waiting.push(message);
        },
      ),
    );
    this.work = Promise.all([...loops, this.run()]);
  }

  get isIdle(): boolean {
    return this.inFlight.size === 0;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.work;
    clearInterval(this.heartbeat);
    for (const message of this.inFlight) message.nak(50);
    this.inFlight.clear();
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await delay(gatherMs, this.stopping.signal);
      const batch = this.waiting.splice(0, batchMax);
      if (batch.length > 0) await this.settle(batch);
    }
  }

  private async settle(batch: JsMsg[]): Promise<void> {
    const facts: Fact[] = [];
    for (const message of batch) {
      const raw = rawMessage(message);
      try {
        facts.push(readFact(raw, message.info.deliveryCount).fact);
      } catch (error) {
        if (!(error instanceof UnreadableEvent)) throw error;
        await this.deadLetters.bury(raw, 1, error.message);
      }
    }
    while (!this.stopping.signal.aborted) {
      try {
        if (facts.length > 0) await this.door.commit('journal', () => this.write(facts));
        for (const message of batch) {
          message.ack();
          this.inFlight.delete(message);
        }
        return;
      } catch (error) {
        this.log.warn('A batch could not be recorded; trying again.', { facts: facts.length, err: error });
        await delay(1_000, this.stopping.signal);
      }
    }
  }
}
