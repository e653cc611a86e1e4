import { createHmac } from 'node:crypto';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { newId, seededRandom } from '../core/random.js';
import type { Collection } from '../core/store.js';
import { typeMatches, type StripeEvent } from './events.js';
import type { StripeWorld } from './world.js';

export interface WebhookEndpoint {
  id: string;
  object: 'webhook_endpoint';
  api_version: string | null;
  application: null;
  created: number;
  description: string | null;
  enabled_events: string[];
  livemode: false;
  metadata: Record<string, string>;
  secret: string;
  status: 'enabled' | 'disabled';
  url: string;
}

/** One event on its way to one endpoint, with everything that was tried. */
export interface Delivery {
  id: string;
  event: string;
  type: string;
  endpoint: string;
  state: 'pending' | 'delivered' | 'failed' | 'lost';
  attempts: { at: string; status: number | null; error: string | null; duration_ms: number }[];
}

/** How deliveries misbehave. `drop_*` lose a delivery for good, as an outage of the sender would. */
export interface WebhookFaults {
  delay_ms: number;
  /** How many extra copies of each delivery are sent. */
  duplicate: number;
  /** Each delivery waits a random time within this window, so that neighbours change places. */
  shuffle_window_ms: number;
  drop_first: number;
  drop_probability: number;
  /** The first attempt of each delivery never leaves; its retry does. */
  fail_first_attempt: boolean;
  bad_signature: boolean;
  /**
   * Which time the signature carries. `real` is what Stripe does even for events of a test clock; `virtual` suits a
   * receiver whose own clock was advanced together with the sandbox's.
   */
  signed_at: 'real' | 'virtual';
  /** Added to the signature's time: below -300 it is a replayed recording for the receiver. */
  timestamp_shift_seconds: number;
  seed: number;
}

export const NO_WEBHOOK_FAULTS: WebhookFaults = {
  delay_ms: 0,
  duplicate: 0,
  shuffle_window_ms: 0,
  drop_first: 0,
  drop_probability: 0,
  fail_first_attempt: false,
  bad_signature: false,
  signed_at: 'real',
  timestamp_shift_seconds: 0,
  seed: 1,
};

const DELIVER = 'stripe.deliver';
/** Stripe leaves a little later than the answer to the call that caused the event. */
const FIRST_DELAY_MS = 5;
const TIMEOUT_MS = 10_000;
/** Far quicker than Stripe's (hours), with the same growing gaps; the last one repeats. */
const RETRY_GAPS_MS = [1_000, 2_000, 5_000, 10_000, 30_000, 60_000];
const MAX_ATTEMPTS = 20;
/** Endpoint id of the one that the environment names. */
const FROM_ENVIRONMENT = 'we_environment';

/** Sends events to the endpoints that want them, signed, concurrently, until they answer 2xx. */
export class WebhookDispatcher {
  readonly deliveries: Collection<Delivery>;
  private faults = NO_WEBHOOK_FAULTS;
  private random = seededRandom(1);
  private dropped = 0;
  private readonly http = new HttpAgent({ keepAlive: true, maxSockets: 32 });
  private readonly https = new HttpsAgent({ keepAlive: true, maxSockets: 32 });

  private readonly fromEnvironment: WebhookEndpoint | undefined;

  constructor(private readonly world: StripeWorld) {
    const { sim } = world;
    this.deliveries = sim.collection('stripe.deliveries');
    const url = sim.env['SANDBOX_STRIPE_WEBHOOK_URL'];
    if (url) {
      const types = (sim.env['SANDBOX_STRIPE_WEBHOOK_EVENTS'] || '*').split(',').map((type) => type.trim());
      const secret = sim.env['SANDBOX_STRIPE_WEBHOOK_SECRET'] ?? '';
      this.fromEnvironment = { ...newEndpoint(world, url, types), id: FROM_ENVIRONMENT, secret };
    }
    world.onEvent((event) => this.announce(event));
    sim.clock.on(DELIVER, (id) => {
      const delivery = this.deliveries.get(id);
      if (delivery?.state === 'pending') void this.attempt(delivery);
    });
    // What was in flight when the sandbox was killed has no entry on the agenda any more.
    const planned = new Set(
      sim.clock
        .pending()
        .filter((item) => item.kind === DELIVER)
        .map((item) => item.key),
    );
    for (const { id, state } of this.deliveries.values()) {
      if (state === 'pending' && !planned.has(id)) sim.clock.schedule(sim.clock.nowMs(), DELIVER, id);
    }
    sim.whenReset(() => this.setFaults(NO_WEBHOOK_FAULTS));
    sim.whenClosed(() => {
      this.http.destroy();
      this.https.destroy();
    });
  }

  setFaults(faults: WebhookFaults): void {
    this.faults = faults;
    this.random = seededRandom(faults.seed);
    this.dropped = 0;
  }

  currentFaults(): WebhookFaults {
    return this.faults;
  }

  /** Sends an old event once more to everybody who wants it. Returns how many that are. */
  resend(event: StripeEvent): number {
    const wanting = this.endpointsFor(event);
    for (const endpoint of wanting) this.enqueue(event, endpoint, this.world.sim.clock.nowMs());
    return wanting.length;
  }

  /** Drops the log of deliveries whose event is gone; they are in order of creation, so it stops early. */
  forgetOldDeliveries(): void {
    for (const delivery of this.deliveries.values()) {
      if (this.world.events.has(delivery.event)) return;
      this.deliveries.delete(delivery.id);
    }
  }

  endpoints(): WebhookEndpoint[] {
    const stored = [...this.world.endpoints.values()];
    return this.fromEnvironment ? [this.fromEnvironment, ...stored] : stored;
  }

  private announce(event: StripeEvent): number {
    const wanting = this.endpointsFor(event);
    for (const endpoint of wanting) {
      const { delay_ms, shuffle_window_ms, duplicate } = this.faults;
      for (let copy = 0; copy <= duplicate; copy += 1) {
        const waitMs = FIRST_DELAY_MS + delay_ms + this.random() * shuffle_window_ms;
        this.enqueue(event, endpoint, this.world.sim.clock.nowMs() + waitMs);
      }
    }
    return wanting.length;
  }

  private endpointsFor(event: StripeEvent): WebhookEndpoint[] {
    return this.endpoints().filter(
      (endpoint) =>
        endpoint.status === 'enabled' && endpoint.enabled_events.some((type) => typeMatches(type, event.type)),
    );
  }

  private enqueue(event: StripeEvent, endpoint: WebhookEndpoint, atMs: number): void {
    const lost = this.dropped < this.faults.drop_first || this.random() < this.faults.drop_probability;
    if (lost) this.dropped += 1;
    const delivery: Delivery = {
      id: newId('whd', 16),
      event: event.id,
      type: event.type,
      endpoint: endpoint.id,
      state: lost ? 'lost' : 'pending',
      attempts: [],
    };
    this.deliveries.set(delivery.id, delivery);
    if (!lost) this.world.sim.clock.schedule(atMs, DELIVER, delivery.id);
  }

  private async attempt(delivery: Delivery): Promise<void> {
    const { clock } = this.world.sim;
    const event = this.world.events.get(delivery.event);
    const endpoint = this.endpoints().find((candidate) => candidate.id === delivery.endpoint);
    if (!event || !endpoint) {
      this.deliveries.set(delivery.id, { ...delivery, state: 'failed' });
      return;
    }
    const at = new Date(clock.nowMs()).toISOString();
    const startedMs = performance.now();
    const withheld = this.faults.fail_first_attempt && delivery.attempts.length === 0;
    const result = withheld ? { status: null, error: 'withheld by a fault' } : await this.post(event, endpoint);
    // A reset in the meantime has forgotten both; writing them back would bring the past into the new world.
    if (!this.deliveries.has(delivery.id)) return;
    const attempt = { at, ...result, duration_ms: Math.round(performance.now() - startedMs) };
    const attempts = [...delivery.attempts, attempt];
    const delivered = result.status !== null && result.status >= 200 && result.status < 300;
    const over = attempts.length >= MAX_ATTEMPTS;
    const state = delivered ? 'delivered' : over ? 'failed' : 'pending';
    this.deliveries.set(delivery.id, { ...delivery, state, attempts });
    if (delivered) {
      const left = (this.world.pendingWebhooks.get(event.id) ?? 1) - 1;
      if (left > 0) this.world.pendingWebhooks.set(event.id, left);
      else this.world.pendingWebhooks.delete(event.id);
    } else if (!over) {
      const gapMs = RETRY_GAPS_MS[Math.min(attempts.length, RETRY_GAPS_MS.length) - 1] ?? 60_000;
      clock.schedule(clock.nowMs() + gapMs, DELIVER, delivery.id);
    }
  }

  private post(
    event: StripeEvent,
    endpoint: WebhookEndpoint,
  ): Promise<{ status: number | null; error: string | null }> {
    const body = JSON.stringify(event);
    const secret = this.faults.bad_signature ? `not ${endpoint.secret}` : endpoint.secret;
    const signedAtMs = this.faults.signed_at === 'real' ? Date.now() : this.world.sim.clock.nowMs();
    const timestamp = Math.floor(signedAtMs / 1000) + this.faults.timestamp_shift_seconds;
    const secure = endpoint.url.startsWith('https:');
    return new Promise((resolve) => {
      const outgoing = (secure ? httpsRequest : httpRequest)(endpoint.url, {
        method: 'POST',
        agent: secure ? this.https : this.http,
        timeout: TIMEOUT_MS,
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
          'stripe-signature': signature(body, secret, timestamp),
        },
      });
      outgoing.on('response', (response) => {
        response.resume();
        resolve({ status: response.statusCode ?? null, error: null });
      });
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
      outgoing.on('error', (error) => resolve({ status: null, error: error.message }));
      outgoing.end(body);
    });
  }
}

/** Stripe's scheme v1: HMAC-SHA256 over timestamp, a dot and the raw body. */
export function signature(body: string, secret: string, timestamp: number): string {
  return `t=${timestamp},v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}

export function newEndpoint(world: StripeWorld, url: string, enabledEvents: string[]): WebhookEndpoint {
  return {
    id: newId('we'),
    object: 'webhook_endpoint',
    api_version: null,
    application: null,
    created: world.now(),
    description: null,
    enabled_events: enabledEvents,
    livemode: false,
    metadata: {},
    secret: `whsec_${newId('', 32)}`,
    status: 'enabled',
    url,
  };
}
