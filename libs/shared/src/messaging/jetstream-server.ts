import type { JsMsg } from '@nats-io/jetstream';
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { lastValueFrom, isObservable } from 'rxjs';
import { eventsByType, hears, subjectFilterOf, type Owner } from '@latchkey/contracts';
import { isInfrastructureFailure } from '../errors/infrastructure.js';
import { crashPoint } from '../crash/crash-point.js';
import type { Log } from '../observability/logger.js';
import { eventRetries } from '../observability/metrics.js';
import type { Door } from '../persistence/door.js';
import type { Clock } from '../time/clock.js';
import { backoffMs, delay } from '../time/delay.js';
import type { Bus } from './bus.js';
import type { DeadLetters } from './dead-letters.js';
import { knownType, laneOf, UnreadableEvent, type RawMessage } from './fact.js';
import { Lanes } from './lanes.js';
import { inbox } from './middleware/inbox.js';
import { measure } from './middleware/measure.js';
import { compose, factOf, type Delivery } from './middleware/middleware.js';
import { parseContract } from './middleware/parse-contract.js';
import { timeLimit } from './middleware/time-limit.js';
import { trace } from './middleware/trace.js';
import { transaction } from './middleware/transaction.js';
import { NewerEvents } from './newer-events.js';
import { jetStreamTransport } from './on-event.js';
import { consumeForever } from './consume.js';
import { rawMessage } from './raw-message.js';
import { ackWaitMs } from './streams.js';

export interface EventRoomOptions {
  concurrency: number;
  triesMax: number;
  retryBaseMs: number;
}

const retryMaxMs = 30_000;
/** Without a delay JetStream hands the first message back to the pull that is just being closed, and out of order. */
const giveBackMs = 50;

/**
 * Nest's transport for events: JetStream, acknowledged after the commit. Nest's own NATS transport is core NATS, which
 * forgets what nobody took (STACK section 5). One durable consumer per stream, shared by all replicas of the service.
 *
 * Events of one tenant are handled one after the other in this process. A failing one is tried again in its place, with
 * backoff, while `working()` keeps JetStream from handing it to somebody else; a crash hands it over after `ackWaitMs`.
 */
export class JetStreamServer extends Server implements CustomTransportStrategy {
  override readonly transportId = jetStreamTransport;
  private readonly stopping = new AbortController();
  private readonly inFlight = new Set<JsMsg>();
  private readonly lanes: Lanes;
  private readonly newerEvents: NewerEvents;
  private readonly loops: Promise<void>[] = [];
  private readonly handle: (delivery: Delivery) => Promise<void>;
  private heartbeat: NodeJS.Timeout | undefined;

  constructor(
    private readonly bus: Bus,
    door: Door,
    clock: Clock,
    private readonly deadLetters: DeadLetters,
    private readonly log: Log,
    private readonly options: EventRoomOptions,
  ) {
    super();
    this.lanes = new Lanes(options.concurrency);
    this.newerEvents = new NewerEvents(bus, (type) => this.messageHandlers.has(type));
    this.handle = compose(
      [trace, measure(clock), parseContract, timeLimit, transaction(door), inbox(clock)],
      (delivery) => this.callHandler(delivery),
    );
    deadLetters.handleWith((message, inCommit) => this.handle({ service: bus.service, message, tries: 1, inCommit }));
  }

  /** Starts to listen in the background; a NATS that is away does not keep the service from starting. */
  listen(callback: () => void): void {
    this.heartbeat = setInterval(() => {
      for (const message of this.inFlight) message.working();
    }, ackWaitMs / 3);
    for (const [owner, filters] of this.subscriptions())
      this.loops.push(
        consumeForever(
          { bus: this.bus, owner, durable: this.bus.service, filters, signal: this.stopping.signal, log: this.log },
          (message) => this.take(message),
        ),
      );
    callback();
  }

  /** Takes nothing new, lets running handlers finish, and gives the rest back to the stream at once. */
  async close(): Promise<void> {
    this.stopping.abort();
    await Promise.allSettled(this.loops);
    await this.lanes.idle();
    clearInterval(this.heartbeat);
  }

  /** What this service listens to, for the harness's drain. */
  subscriptions(): Map<Owner, string[]> {
    const subscriptions = new Map<Owner, string[]>();
    for (const type of this.messageHandlers.keys()) {
      const event = eventsByType.get(type);
      if (!event) throw new Error(`A handler listens to ${type}, which is not in the catalogue of events.`);
      const heard = hears[this.bus.service as Owner];
      if (heard !== 'everything' && !heard.includes(event))
        throw new Error(
          `${this.bus.service} listens to ${type}: add it to what it hears in contracts/src/bus/consumers.ts.`,
        );
      subscriptions.set(event.owner, [...(subscriptions.get(event.owner) ?? []), subjectFilterOf(event)]);
    }
    return subscriptions;
  }

  get isIdle(): boolean {
    return this.inFlight.size === 0;
  }

  override on(): void {}

  override unwrap<T>(): T {
    return this.bus as T;
  }

  private take(message: JsMsg): void {
    if (this.newerEvents.settle(message)) return;
    this.inFlight.add(message);
    this.lanes.push(laneOf(message.subject), async () => {
      try {
        await this.workOff(message);
      } finally {
        this.inFlight.delete(message);
      }
    });
  }

  private async workOff(message: JsMsg): Promise<void> {
    const raw = rawMessage(message);
    const retried = { service: this.bus.service, type: knownType(raw.headers) };
    if (message.info.deliveryCount > 1) eventRetries.inc({ ...retried, how: 'redelivered' });
    for (let tries = 1; ; tries++) {
      if (this.stopping.signal.aborted) return message.nak(giveBackMs);
      try {
        await this.lanes.gate(() => this.handle({ service: this.bus.service, message: raw, tries }));
        crashPoint('event', raw.headers['ce-type'] ?? 'unknown', 'before-ack');
        message.ack();
        return crashPoint('event', raw.headers['ce-type'] ?? 'unknown', 'after-ack');
      } catch (error) {
        const ours = isInfrastructureFailure(error);
        if (!ours && (error instanceof UnreadableEvent || tries >= this.options.triesMax)) {
          if (await this.bury(raw, tries, error)) return message.term('dead letter');
          continue;
        }
        if (ours) tries--;
        const pauseMs = backoffMs(Math.max(1, tries), this.options.retryBaseMs, ours ? 5_000 : retryMaxMs);
        this.log.warn('An event could not be handled; trying again.', {
          event: raw.headers['ce-id'],
          type: raw.headers['ce-type'],
          tries,
          pauseMs,
          err: error,
        });
        await delay(pauseMs, this.stopping.signal);
        eventRetries.inc({ ...retried, how: 'in_place' });
      }
    }
  }

  /** False when even the dead letter could not be written: then the message is tried once more. */
  private async bury(message: RawMessage, tries: number, error: unknown): Promise<boolean> {
    const reason = error instanceof Error ? error.message : String(error);
    this.log.error('An event is given up; it is a dead letter now.', {
      event: message.headers['ce-id'],
      type: message.headers['ce-type'],
      tries,
      err: error,
    });
    try {
      await this.deadLetters.bury(message, tries, reason);
      return true;
    } catch (failure) {
      this.log.warn('A dead letter could not be written; trying again.', { err: failure });
      await delay(1_000, this.stopping.signal);
      return false;
    }
  }

  private async callHandler(delivery: Delivery): Promise<void> {
    const fact = factOf(delivery);
    if (!this.messageHandlers.has(fact.type))
      throw new UnreadableEvent(`${this.bus.service} has no handler for ${fact.type}.`);
    // Several methods may listen to one event; Nest chains them, and all of them belong to the one commit.
    for (
      let handler = this.messageHandlers.get(fact.type) as MessageHandler | undefined;
      handler;
      handler = handler.next as MessageHandler | undefined
    ) {
      const result: unknown = await handler(fact.data, fact);
      if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
    }
  }
}
