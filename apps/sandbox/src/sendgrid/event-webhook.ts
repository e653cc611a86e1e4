import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { newId, seededRandom } from '../core/random.js';
import type { Sim } from '../core/sim.js';
import type { Collection } from '../core/store.js';
import type { MailEvent } from './mailbox.js';

interface Batch {
  readonly id: string;
  readonly events: readonly MailEvent[];
  readonly firstTriedAtMs: number;
  readonly attempts: number;
}

/** One try at delivering a batch, for `GET /_sim/sendgrid/webhooks`. */
interface Attempt {
  readonly at: string;
  readonly batch: string;
  readonly events: number;
  readonly attempt: number;
  readonly status: number | string;
}

/** How the webhook misbehaves on purpose. */
export interface WebhookFaults {
  /** Each batch is delivered this many times more. */
  duplicate: number;
  shuffle: boolean;
  bad_signature: boolean;
  delay_ms: number;
  /** Share of events that are never sent, as if lost on the way. */
  drop_probability: number;
  seed: number;
}

export const noWebhookFaults: WebhookFaults = {
  duplicate: 0,
  shuffle: false,
  bad_signature: false,
  delay_ms: 0,
  drop_probability: 0,
  seed: 1,
};

const flushAfterMs = 50;
const maxEventsPerBatch = 100;
const timeoutMs = 10_000;
const retryGapsMs = [1_000, 2_000, 5_000, 10_000, 30_000, 60_000];
/** The vendor gives up after a day; the last gap repeats until then. */
const giveUpAfterMs = 24 * 60 * 60 * 1000;
const maxAttemptsKept = 500;

/**
 * The signed Event Webhook: events are gathered for a moment, sent in batches and sent again until a 2xx, so a receiver
 * sees duplicates (dedupe on sg_event_id). Unsent events and batches are in the sandbox's log and survive a kill.
 */
export class EventWebhook {
  faults: WebhookFaults = noWebhookFaults;
  readonly #url: string | undefined;
  readonly #privateKey: KeyObject;
  readonly #unsent: Collection<MailEvent>;
  readonly #batches: Collection<Batch>;
  readonly #stopped = new AbortController();
  #attempts: Attempt[] = [];
  #random = seededRandom(1);
  #flushScheduled = false;

  constructor(private readonly sim: Sim) {
    this.#url = sim.env['SANDBOX_SENDGRID_WEBHOOK_URL'] || undefined;
    this.#privateKey = this.#loadKey();
    this.#unsent = sim.collection('sendgrid.unsent');
    this.#batches = sim.collection('sendgrid.batches');
    sim.clock.on('sendgrid.flush', () => this.#flush());
    sim.clock.on('sendgrid.batch', (id) => void this.#deliver(id));
    sim.whenReset(() => {
      this.faults = noWebhookFaults;
      this.#attempts = [];
      this.#flushScheduled = false;
    });
    sim.whenClosed(() => this.#stopped.abort());
    // A kill may have come between taking work off the agenda and finishing it: put it back, duplicates are normal.
    for (const batch of this.#batches.values()) this.sim.clock.schedule(sim.clock.nowMs(), 'sendgrid.batch', batch.id);
    if (this.#unsent.size > 0) this.#scheduleFlush();
  }

  get publicKey(): string {
    return createPublicKey(this.#privateKey).export({ type: 'spki', format: 'der' }).toString('base64');
  }

  get attempts(): readonly Attempt[] {
    return this.#attempts;
  }

  setFaults(faults: Partial<WebhookFaults>): void {
    this.faults = { ...this.faults, ...faults };
    this.#random = seededRandom(this.faults.seed);
  }

  /** Queues an event for delivery. Without a configured address events only show in the inbox. */
  send(event: MailEvent): void {
    if (this.#url === undefined) return;
    if (this.faults.drop_probability > 0 && this.#random() < this.faults.drop_probability) return;
    this.#unsent.set(event.sg_event_id, event);
    this.#scheduleFlush();
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    this.sim.clock.schedule(this.sim.clock.nowMs() + flushAfterMs + this.faults.delay_ms, 'sendgrid.flush', '');
  }

  #flush(): void {
    this.#flushScheduled = false;
    const events = [...this.#unsent.values()];
    if (this.faults.shuffle) {
      for (let i = events.length - 1; i > 0; i--) {
        const at = Math.floor(this.#random() * (i + 1));
        [events[i], events[at]] = [events[at] as MailEvent, events[i] as MailEvent];
      }
    }
    for (let from = 0; from < events.length; from += maxEventsPerBatch) {
      const part = events.slice(from, from + maxEventsPerBatch);
      for (let copy = 0; copy <= this.faults.duplicate; copy++) {
        const batch = { id: newId('batch', 12), events: part, firstTriedAtMs: this.sim.clock.nowMs(), attempts: 0 };
        this.#batches.set(batch.id, batch);
        void this.#deliver(batch.id);
      }
      for (const event of part) this.#unsent.delete(event.sg_event_id);
    }
  }

  async #deliver(id: string): Promise<void> {
    const batch = this.#batches.get(id);
    if (batch === undefined || this.#url === undefined) return;
    const tried = { ...batch, attempts: batch.attempts + 1 };
    const status = await this.#post(this.#url, batch.events);
    if (this.#stopped.signal.aborted || !this.#batches.has(id)) return;
    this.#note({ batch: id, events: batch.events.length, attempt: tried.attempts, status });
    const nowMs = this.sim.clock.nowMs();
    const taken = typeof status === 'number' && status >= 200 && status < 300;
    if (taken || nowMs - batch.firstTriedAtMs > giveUpAfterMs) {
      this.#batches.delete(id);
      return;
    }
    this.#batches.set(id, tried);
    const gapMs = retryGapsMs[Math.min(batch.attempts, retryGapsMs.length - 1)] ?? 60_000;
    this.sim.clock.schedule(nowMs + gapMs, 'sendgrid.batch', id);
  }

  async #post(url: string, events: readonly MailEvent[]): Promise<number | string> {
    // The vendor's bodies end with CRLF, and the signature covers it (VENDORS 4).
    const body = JSON.stringify(events) + '\r\n';
    // True time, not the sandbox's: receivers refuse signatures whose age they cannot believe.
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signed = this.faults.bad_signature ? `${timestamp}0` : timestamp;
    const signature = sign('sha256', Buffer.from(signed + body), this.#privateKey).toString('base64');
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json;charset=utf-8',
          'user-agent': 'SendGrid Event API',
          'x-twilio-email-event-webhook-signature': signature,
          'x-twilio-email-event-webhook-timestamp': timestamp,
        },
        body,
        signal: AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(timeoutMs)]),
      });
      await answer.body?.cancel();
      return answer.status;
    } catch (error) {
      return error instanceof Error ? error.name : 'failed';
    }
  }

  #note(attempt: Omit<Attempt, 'at'>): void {
    this.#attempts = [
      ...this.#attempts.slice(1 - maxAttemptsKept),
      { at: new Date(this.sim.clock.nowMs()).toISOString(), ...attempt },
    ];
  }

  /** The key of the environment, else one made once and kept: receivers hold its public half across our restarts and resets. */
  #loadKey(): KeyObject {
    const given = this.sim.env['SANDBOX_SENDGRID_PRIVATE_KEY'];
    if (given) return createPrivateKey(Buffer.from(given, 'base64').toString('utf8'));
    const keys = this.sim.collection<string>('sendgrid.keys');
    const pem =
      keys.get('webhook') ??
      generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
        .privateKey.export({ type: 'pkcs8', format: 'pem' })
        .toString();
    keys.set('webhook', pem);
    this.sim.whenReset(() => keys.set('webhook', pem));
    return createPrivateKey(pem);
  }
}
