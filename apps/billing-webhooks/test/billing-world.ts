import { createHmac } from 'node:crypto';
import { ConfirmCheckout, ContactCards, OpenCheckout, type Plan, type QuestionReply } from '@latchkey/contracts';
import { newId } from '@latchkey/shared/ids';
import { Questions, QuestionUnanswered } from '@latchkey/shared/messaging';
import type { RunningService } from '@latchkey/shared/service';
import { startWorld, type World } from '@latchkey/testing';
import { billing } from '../src/service.js';

export const webhookSecret = 'whsec_of_the_billing_specs';

/** Card numbers of Stripe's test set. */
export const cards = { fine: '4242424242424242', laterDeclined: '4000000000000341' };

export interface SimEffect {
  kind: string;
  key: string;
  detail?: Record<string, unknown>;
}

/** Billing alone in a world with the sandbox, and a stranger who pays. */
export class BillingWorld {
  private constructor(
    readonly world: World,
    readonly service: RunningService,
  ) {}

  /** `envOf` gets the world as it will be, for what must name its ports. */
  static async start(
    envOf: (world: World) => Promise<Record<string, string>> = async () => ({}),
  ): Promise<BillingWorld> {
    const world = await startWorld({
      sandbox: (ports) => ({
        SANDBOX_STRIPE_WEBHOOK_URL: `http://127.0.0.1:${ports['billing-webhooks']}/stripe-webhook`,
        SANDBOX_STRIPE_WEBHOOK_SECRET: webhookSecret,
      }),
    });
    return new BillingWorld(world, await BillingWorld.startService(world, await envOf(world)));
  }

  static startService(world: World, env: Record<string, string> = {}): Promise<RunningService> {
    return world.start(billing, {
      STRIPE_SECRET_KEY: 'sk_test_of_the_specs',
      STRIPE_API_URL: world.sandbox.stripe,
      // Specs about one piece of work: another's failures must not stop it. The outage specs say otherwise.
      BREAKER_FAILURES: '1000',
      BREAKER_PAUSE_MAX_SECONDS: '0.2',
      STRIPE_WEBHOOK_SECRET: `whsec_the_one_before,${webhookSecret}`,
      ...env,
    });
  }

  /** Answers for signup, which knows whom a checkout is for; stops with the returned function. */
  answerContactCards(): () => void {
    return this.world.answer(ContactCards, ({ tenant_ids }) => ({
      cards: tenant_ids.map((tenant_id) => ({
        tenant_id,
        email: `${tenant_id}@example.com`,
        company_name: 'Example',
        plan: 'starter' as const,
        status: 'pending_payment' as const,
        signed_up_at: this.world.clock.nowIso(),
        trial_ends_at: null,
      })),
    }));
  }

  newTenant(): string {
    return newId('tenant');
  }

  /** What signup asks while the customer waits. */
  open(tenantId: string, plan: Plan = 'starter', service = this.service): Promise<QuestionReply<typeof OpenCheckout>> {
    const request = { tenant_id: tenantId, plan, email: `${tenantId}@example.com`, company_name: 'Example' };
    return service.get(Questions).ask(OpenCheckout, request);
  }

  /** On a busy machine the question's time may be over before Stripe has answered; then a page comes with the next asking. */
  private async pageOf(tenantId: string): Promise<string | null> {
    try {
      return (await this.open(tenantId)).checkout_url;
    } catch (error) {
      if (error instanceof QuestionUnanswered) return null;
      throw error;
    }
  }

  /** What signup asks when the customer is back from paying. */
  confirm(sessionId: string): Promise<QuestionReply<typeof ConfirmCheckout>> {
    return this.service.get(Questions).ask(ConfirmCheckout, { session_id: sessionId });
  }

  /** Fills in the hosted page as a browser would. Returns the session's id, taken from where the page sends the customer. */
  async pay(url: string | null, card = cards.fine): Promise<string> {
    if (!url) throw new Error('There is no page to pay on.');
    const body = new URLSearchParams({ card_number: card, exp: '12/40', cvc: '123', name: 'A Stranger' });
    const response = await fetch(url, { method: 'POST', body, redirect: 'manual' });
    const target = response.headers.get('location');
    if (response.status !== 303 || !target) throw new Error(`The page answered ${response.status}.`);
    return new URL(target).searchParams.get('session_id') ?? '';
  }

  /** Opens a page, pays on it and waits until billing knows. */
  async subscribe(tenantId: string, card = cards.fine): Promise<string> {
    let page: string | null = null;
    await this.until(async () => (page = await this.pageOf(tenantId)) !== null, 'a payment page');
    const session = await this.pay(page, card);
    await this.until(async () => (await this.types(tenantId)).includes('checkout-completed'), 'checkout completed');
    return session;
  }

  /** What billing has told about a tenant, by short names; its outbox is the truth (DESIGN rule 5), and quick to ask. */
  async facts(tenantId: string): Promise<{ name: string; data: Record<string, unknown> }[]> {
    const rows = await this.service.sql<{ type: string; data: Record<string, unknown> }>(
      'select type, data from kit.outbox where tenant_id = $1 order by seq',
      [tenantId],
    );
    return rows.map(({ type, data }) => ({ name: type.split('.')[1] ?? '', data }));
  }

  async types(tenantId: string): Promise<string[]> {
    return (await this.facts(tenantId)).map((fact) => fact.name);
  }

  async until(holds: () => Promise<boolean>, what: string, timeoutMs = 20_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!(await holds())) {
      if (performance.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain for: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  /** Moves Stripe's time and ours together. */
  async advance(ms: number): Promise<void> {
    await this.world.advance(ms);
    await this.sim('POST', 'clock/advance', { seconds: ms / 1_000 });
  }

  advanceDays(days: number): Promise<void> {
    return this.advance(days * 86_400_000);
  }

  /** Makes every job that waits for its next try due now, without moving any clock. */
  async hurry(): Promise<void> {
    await this.service.sql(`update pgboss.job set start_after = now() where state = 'retry' and start_after > now()`);
  }

  /**
   * Until every stored event is applied: also one that was overtaken by another of its subscription, and comes again. A
   * pause that is skipped costs no try: on a slow machine an hour's worth of them would be over within a second.
   */
  async settled(): Promise<void> {
    await this.until(async () => {
      await this.service.sql(
        `update pgboss.job set retry_limit = retry_limit + 1 where state = 'retry' and start_after > now()`,
      );
      await this.hurry();
      return (await this.service.sql(`select 1 from stripe_event where state = 'waiting'`)).length === 0;
    }, 'every event is applied');
    await this.world.drain();
  }

  async sim(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.world.sandbox.console}/_sim/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`_sim/${path} answered ${response.status}: ${await response.text()}`);
    return response.status === 204 ? undefined : response.json();
  }

  /** A person, or another program, at work on Stripe itself. */
  async stripe(method: 'GET' | 'POST' | 'DELETE', path: string, form?: Record<string, string>): Promise<unknown> {
    const response = await fetch(`${this.world.sandbox.stripe}/v1/${path}`, {
      method,
      headers: { authorization: 'Bearer sk_test_of_the_specs' },
      ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
    });
    if (!response.ok) throw new Error(`Stripe answered ${response.status}: ${await response.text()}`);
    return response.json();
  }

  /** What really happened at Stripe for a tenant, e.g. `effects('subscription.created', tenant)`. */
  async effects(kind: string, key: string): Promise<SimEffect[]> {
    const answer = (await this.sim('GET', `effects?kind=${kind}&key=${encodeURIComponent(key)}`)) as
      { effects: SimEffect[] } | SimEffect[];
    return Array.isArray(answer) ? answer : answer.effects;
  }

  /** A delivery as Stripe signs it; the defaults can be spoiled one by one. */
  async deliver(
    event: object | string,
    spoil: {
      secret?: string;
      atMs?: number;
      signature?: string | null;
      altered?: string;
      service?: RunningService;
    } = {},
  ): Promise<{ status: number; code: string | undefined }> {
    const body = typeof event === 'string' ? event : JSON.stringify(event);
    const t = Math.floor((spoil.atMs ?? Date.now()) / 1_000);
    const v1 = createHmac('sha256', spoil.secret ?? webhookSecret)
      .update(`${t}.${body}`)
      .digest('hex');
    const signature = spoil.signature === undefined ? `t=${t},v1=${v1}` : spoil.signature;
    const response = await fetch(`${(spoil.service ?? this.service).url}/stripe-webhook`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(signature === null ? {} : { 'stripe-signature': signature }) },
      body: spoil.altered ?? body,
    });
    const answer = (await response.json()) as { code?: string };
    return { status: response.status, code: answer.code };
  }

  /** A snapshot event about an object, as Stripe would shape it. */
  stripeEvent(type: string, object: Record<string, unknown>, id = newId('evt')): Record<string, unknown> {
    return {
      id,
      object: 'event',
      api_version: '2026-10-28.endive',
      created: Math.floor(this.world.clock.nowMs() / 1_000),
      type,
      livemode: false,
      pending_webhooks: 1,
      request: null,
      data: { object },
    };
  }

  stop(): Promise<void> {
    return this.world.stop();
  }
}
