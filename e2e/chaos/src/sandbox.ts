import { setTimeout as sleep } from 'node:timers/promises';
import type { VendorRule } from './faults.js';

/** A thing that happened at a vendor, once: the ledger no service of ours can write to. */
export interface Effect {
  seq: number;
  at: string;
  kind: string;
  key: string;
  detail: Record<string, unknown>;
}

export interface VendorRequest {
  seq: number;
  at: string;
  vendor: string;
  method: string;
  path: string;
  status: number;
  fault?: string;
}

export interface WebhookDelivery {
  id: string;
  event: string;
  type: string;
  state: 'pending' | 'delivered' | 'failed' | 'lost';
  attempts: { at: string; status: number | null; error: string | null }[];
}

const triesMax = 30;

/** The sandbox's console: its dials, its journal, its ledger. Insists, because the nemesis may have stopped it. */
export class Sandbox {
  constructor(readonly url: string) {}

  async addRule(
    rule: VendorRule | { match: Record<string, unknown>; action: Record<string, unknown> },
  ): Promise<string> {
    return ((await this.call('POST', '/_sim/faults', rule)) as { id: string }).id;
  }

  async removeRule(id: string): Promise<void> {
    await this.call('DELETE', `/_sim/faults/${id}`);
  }

  /**
   * From now on Pinecone refuses this tenant's vectors as wrong, which is no outage: the run is given up and not kept
   * waiting. What there is can still be removed, so it can be undone.
   */
  refuseVectorsOf(tenant: string): Promise<string> {
    const match = { vendor: 'pinecone', path: '/vectors/upsert', tenant };
    return this.addRule({ match, action: { type: 'status', status: 400 } });
  }

  /** Pinecone is away for this tenant alone: its run is tried again until its deadline, or until all faults are off. */
  async delayVectorsOf(tenant: string): Promise<void> {
    await this.breakVendor({ vendor: 'pinecone', path: '/vectors/upsert', tenant }, 503);
  }

  /** For a while Stripe is away for whoever has this address. */
  async refuseCheckoutsOf(email: string): Promise<void> {
    // Form bodies are encoded, so only the part before the @ stands there as it is.
    const tenant = email.split('@')[0]!;
    // Remembered under its key, so that the next try needs a new key, and a look whether the first one worked.
    await this.breakVendor({ vendor: 'stripe', method: 'POST', path: '/v1/customers', tenant, times: 1 }, 500, true);
    await this.breakVendor({ vendor: 'stripe', method: 'POST', tenant, times: 4 }, 503);
  }

  /** SendGrid calls the next mail to this tenant wrong, for good. */
  async refuseNextMailOf(tenant: string): Promise<void> {
    await this.breakVendor({ vendor: 'sendgrid', path: '/v3/mail/send', tenant, times: 1 }, 400);
  }

  async setWebhookFaults(settings: object): Promise<void> {
    await this.call('POST', '/_sim/stripe/webhook-faults', settings);
  }

  async allFaultsOff(): Promise<void> {
    await this.call('DELETE', '/_sim/faults');
    await this.call('DELETE', '/_sim/stripe/webhook-faults');
  }

  /** Answers how far the vendors' clock is ahead of ours from then on, in milliseconds. */
  async advance(seconds: number): Promise<number> {
    const { offset_ms: aheadMs } = (await this.call('POST', '/_sim/clock/advance', { seconds })) as {
      offset_ms: number;
    };
    return aheadMs;
  }

  /** What Stripe makes of a subscription whose last charge has failed. */
  async dunningEnds(ends: 'canceled' | 'unpaid'): Promise<void> {
    await this.call('POST', '/_sim/stripe/dunning', { ends });
  }

  /** One vendor, one way, until it is switched off or has acted `times` times. */
  async breakVendor(match: Record<string, unknown>, status: number, remembered = false): Promise<string> {
    return this.addRule({ match, action: { type: 'status', status, ...(remembered ? { remembered } : {}) } });
  }

  async effects(kind?: string): Promise<Effect[]> {
    const query = kind ? `?kind=${kind}` : '';
    return ((await this.call('GET', `/_sim/effects${query}`)) as { effects: Effect[] }).effects;
  }

  /** Since that sequence number; the ring holds at least the last 50,000. */
  async requests(since: number): Promise<VendorRequest[]> {
    const query = `?since=${since}&limit=50000`;
    return ((await this.call('GET', `/_sim/requests${query}`)) as { requests: VendorRequest[] }).requests;
  }

  async webhooks(): Promise<WebhookDelivery[]> {
    return ((await this.call('GET', '/_sim/stripe/webhooks?limit=10000')) as { deliveries: WebhookDelivery[] })
      .deliveries;
  }

  async resendWebhook(event: string): Promise<void> {
    await this.call('POST', `/_sim/stripe/webhooks/${event}/resend`);
  }

  private async call(method: string, path: string, body?: unknown): Promise<unknown> {
    for (let tries = 1; ; tries++) {
      try {
        const response = await fetch(`${this.url}${path}`, {
          method,
          signal: AbortSignal.timeout(20_000),
          ...(body === undefined
            ? {}
            : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
        });
        const text = await response.text();
        if (response.status === 404 && method === 'DELETE') return {};
        if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 200)}`);
        return text ? JSON.parse(text) : {};
      } catch (error) {
        if (tries === triesMax || (error as Error).message.includes(': 4')) throw error;
        await sleep(500);
      }
    }
  }
}
