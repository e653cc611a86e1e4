import type { JsMsg } from '@nats-io/jetstream';
import { hearsNoMore, type Owner } from '@latchkey/contracts';
import { eventRetries } from '../observability/metrics.js';
import { backoffMs } from '../time/delay.js';
import type { Bus } from './bus.js';
import { knownType } from './fact.js';

/** The first pause; it doubles. Short, because with one newer replica beside an old one every second delivery meets the right one. */
const firstPauseMs = 100;
const longestPauseMs = 30_000;

/**
 * About an hour with those pauses: longer than a roll takes, also one that somebody halts and looks at. Counted in
 * deliveries, because an event may be hours old when it is delivered for the first time.
 */
const deliveriesMax = 165;

/**
 * So many may wait that this replica gave back. They count as unacknowledged, and a consumer whose `ackPendingMax` (512) are
 * all used up delivers nothing more: ten replicas, the most that scaling makes, leave it a third.
 */
const waitingMax = 32;

/**
 * Events that no handler of this release takes. While a release rolls its replicas share the consumers with those of the one
 * before, which neither have its new handlers nor know its new types: what they are given, they give back until a newer
 * replica gets it (docs/decisions/0028).
 */
export class NewerEvents {
  private waiting = 0;
  private readonly dropped: readonly string[];

  constructor(
    private readonly bus: Bus,
    private readonly isHandled: (type: string) => boolean,
  ) {
    this.dropped = hearsNoMore[bus.service as Owner] ?? [];
  }

  /** True when the message is settled: nobody here shall handle it. False for what is ours, or broken, or has waited too long. */
  settle(message: JsMsg): boolean {
    const type = message.headers?.get('ce-type') ?? '';
    // A type that does not fit its subject is no newer release's, but somebody's mistake.
    if (type === '' || !message.subject.startsWith(`latchkey.${type}.`) || this.isHandled(type)) return false;
    if (this.dropped.includes(type)) {
      message.ack();
      return true;
    }
    const { deliveryCount } = message.info;
    if (deliveryCount >= deliveriesMax || this.waiting >= waitingMax) return false;
    const pauseMs = backoffMs(deliveryCount, firstPauseMs, longestPauseMs);
    this.waiting++;
    setTimeout(() => this.waiting--, pauseMs).unref();
    message.nak(pauseMs);
    eventRetries.inc({
      service: this.bus.service,
      type: knownType({ 'ce-type': type }),
      how: 'left_to_a_newer_release',
    });
    return true;
  }
}
