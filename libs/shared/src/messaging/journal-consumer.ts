import type { JsMsg } from '@nats-io/jetstream';
import { eventsByType, journalOf, owners, type Owner } from '@latchkey/contracts';
import { crashPoint, declareCrashPoints } from '../crash/crash-point.js';
import { isInfrastructureFailure } from '../errors/infrastructure.js';
import type { Log } from '../observability/logger.js';
import { eventRetries, journalBatch, journalRecorded } from '../observability/metrics.js';
import type { Door } from '../persistence/door.js';
import { delay } from '../time/delay.js';
import type { Bus } from './bus.js';
import { consumeForever } from './consume.js';
import type { DeadLetters } from './dead-letters.js';
import { knownType, readFact, UnreadableEvent, type Fact, type RawMessage } from './fact.js';
import { NewerEvents } from './newer-events.js';
import { rawMessage } from './raw-message.js';
import { ackWaitMs, journalPendingMax } from './streams.js';

const batchMax = journalPendingMax / 2;
/** How long the first message of a batch waits for company. */
const gatherMs = 150;
/** A failure that is not the database's state is tried so often before its cause is looked for in the events. */
const writeTriesMax = 3;
const writePauseMs = 500;

interface Entry {
  message: JsMsg;
  raw: RawMessage;
  fact: Fact;
}

/**
 * For whoever only records: every event of every owner, in batches, one transaction each (DESIGN section 4's budget).
 * There is no inbox row: `write` must be safe to repeat (insert ... on conflict do nothing by event id).
 */
export class JournalConsumer {
  private readonly stopping = new AbortController();
  private readonly newerEvents: NewerEvents;
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
  ) {
    this.newerEvents = new NewerEvents(bus, (type) => eventsByType.has(type));
  }

  /** Opens the door. The service's dead letters are redriven into `write` from now on. */
  start(): void {
    declareCrashPoints('journal', '', 'before-ack', 'after-ack');
    this.deadLetters.handleWith((raw, inCommit) =>
      this.door.commit('journal', async () => {
        await inCommit();
        await this.write([readFact(raw, 1).fact]);
      }),
    );
    this.heartbeat = setInterval(() => {
      for (const message of this.inFlight) message.working();
    }, ackWaitMs / 3);
    const loops = owners.map((owner) =>
      consumeForever(
        {
          bus: this.bus,
          owner,
          durable: journalOf(this.bus.service as Owner),
          filters: [`latchkey.${owner}.>`],
          signal: this.stopping.signal,
          log: this.log,
          pendingMax: journalPendingMax,
        },
        (message) => {
          if (this.newerEvents.settle(message)) return;
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
    const entries: Entry[] = [];
    for (const message of batch) {
      const raw = rawMessage(message);
      if (message.info.deliveryCount > 1)
        eventRetries.inc({ service: this.bus.service, type: knownType(raw.headers), how: 'redelivered' });
      try {
        entries.push({ message, raw, fact: readFact(raw, message.info.deliveryCount).fact });
      } catch (error) {
        if (!(error instanceof UnreadableEvent)) throw error;
        await this.bury(message, raw, 1, error.message);
      }
    }
    await this.record(entries);
  }

  /** Tries until it is written. What cannot be written becomes a dead letter, found by trying its batch one by one. */
  private async record(entries: Entry[]): Promise<void> {
    for (let tries = 1; entries.length > 0 && !this.stopping.signal.aborted; tries++) {
      const stop = journalBatch.startTimer({ service: this.bus.service });
      try {
        await this.door.commit('journal', () => this.write(entries.map(({ fact }) => fact)));
        stop({ outcome: 'done' });
        journalRecorded.inc({ service: this.bus.service }, entries.length);
        crashPoint('journal', 'before-ack');
        for (const { message } of entries) this.finish(message);
        crashPoint('journal', 'after-ack');
        return;
      } catch (error) {
        stop({ outcome: 'failed' });
        this.log.warn('A batch could not be recorded; trying again.', { facts: entries.length, tries, err: error });
        if (tries >= writeTriesMax && !isPassing(error)) {
          for (const entry of entries) {
            if (entries.length > 1) await this.record([entry]);
            else await this.bury(entry.message, entry.raw, tries, (error as Error).message);
          }
          return;
        }
        await delay(writePauseMs, this.stopping.signal);
      }
    }
  }

  /** A dead letter that cannot be written either leaves the message to JetStream, which delivers it again. */
  private async bury(message: JsMsg, raw: RawMessage, tries: number, reason: string): Promise<void> {
    try {
      await this.deadLetters.bury(raw, tries, reason);
      this.finish(message);
    } catch (error) {
      this.log.warn('A dead letter could not be written; the event will come again.', { err: error });
      this.inFlight.delete(message);
      message.nak(writePauseMs);
    }
  }

  private finish(message: JsMsg): void {
    message.ack();
    this.inFlight.delete(message);
  }
}

/** A batch may take too long (57014) because of others: that, too, says nothing about what was to be written, so it never ends in a dead letter. */
function isPassing(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return isInfrastructureFailure(error) || code === '57014';
}
