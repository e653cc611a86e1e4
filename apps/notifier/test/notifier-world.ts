import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { ContactCards, VerificationCode, type ContactCard, type QuestionReply } from '@latchkey/contracts';
import type { RunningService } from '@latchkey/shared/service';
import { startWorld, type World } from '@latchkey/testing';
import { notifier } from '../src/service.js';

export interface InboxMail {
  id: string;
  to: string;
  subject: string;
  html: string;
  text: string;
  from: string;
  from_name?: string;
  categories: string[];
  custom_args: Record<string, string>;
}

export interface MessageRow {
  id: string;
  template: string;
  state: string;
  attempts: number;
  reason: string | null;
}

/**
 * The notifier alone, on real PostgreSQL, NATS and the sandbox's SendGrid, with the spec playing signup: it answers who
 * a tenant is. Contact cards are invented by tenant id, so that tests do not share an address.
 */
export async function startNotifierWorld(env: Record<string, string> = {}): Promise<NotifierWorld> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const world = await startWorld({
    sandbox: (ports) => ({
      SANDBOX_SENDGRID_WEBHOOK_URL: `http://127.0.0.1:${ports.notifier}/sendgrid-webhook`,
      SANDBOX_SENDGRID_PRIVATE_KEY: Buffer.from(pem).toString('base64'),
    }),
  });
  const settings = {
    SENDGRID_API_KEY: 'SG.sandbox',
    SENDGRID_API_URL: world.sandbox.sendgrid,
    SENDGRID_WEBHOOK_PUBLIC_KEY: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    SENDGRID_WEBHOOK_MAX_AGE_SECONDS: '86400',
    FROM_EMAIL: 'hello@latchkey.example',
    DOCS_URL: 'https://docs.latchkey.example',
    OPS_EMAIL: 'ops@latchkey.example',
    SUPPRESSION_SECRET: 'a-secret-of-the-tests',
    RESEND_GRACE_SECONDS: '120',
    EMAIL_RETRY_BASE_MS: '20',
    // Specs about one piece of work: another's failures must not stop it. The outage specs say otherwise.
    BREAKER_FAILURES: '1000',
    BREAKER_PAUSE_MAX_SECONDS: '0.2',
    ...env,
  };
  const startReplica = () => world.start(notifier, settings);
  return new NotifierWorld(world, await startReplica(), startReplica, privateKey);
}

export class NotifierWorld {
  /** What signup would answer, where it is not the invented card. */
  readonly cards = new Map<string, Partial<ContactCard>>();
  readonly codes = new Map<string, { code: string; state: 'current' | 'obsolete' }>();

  constructor(
    readonly world: World,
    readonly service: RunningService,
    /** Another process of the same service, on the same database. */
    readonly startReplica: () => Promise<RunningService>,
    private readonly webhookKey: KeyObject,
  ) {
    this.listen();
  }

  /** Signup answers questions from here on. */
  listen(): void {
    this.silence();
    const cards = this.world.answer(ContactCards, ({ tenant_ids }) => ({
      cards: tenant_ids.map((id) => this.cardOf(id)),
    }));
    const codes = this.world.answer(VerificationCode, ({ tenant_id, verification_id }) =>
      this.codeOf(tenant_id, verification_id),
    );
    this.silence = () => {
      cards();
      codes();
    };
  }

  /** Signup is away. */
  silence: () => void = () => undefined;

  private codeOf(tenantId: string, verificationId: string): QuestionReply<typeof VerificationCode> {
    const known = this.codes.get(verificationId);
    if (!known || known.state === 'obsolete') return { state: 'obsolete' };
    const { email, company_name } = this.cardOf(tenantId);
    return { state: 'current', email, company_name, code: known.code, expires_at: '2026-12-01T00:00:00.000Z' };
  }

  cardOf(tenantId: string): ContactCard {
    return {
      tenant_id: tenantId,
      email: `${tenantId.toLowerCase()}@example.com`,
      company_name: `Company of ${tenantId}`,
      plan: 'starter',
      status: 'active',
      signed_up_at: '2026-11-23T03:00:00.000Z',
      trial_ends_at: '2026-12-07T03:00:00.000Z',
      ...this.cards.get(tenantId),
    };
  }

  /** Every mail SendGrid took for this address, newest first; what never arrived included. */
  async inbox(address: string): Promise<InboxMail[]> {
    const url = `${this.world.sandbox.console}/_sim/inbox?all=true&to=${encodeURIComponent(address)}`;
    const response = await fetch(url);
    return ((await response.json()) as { mails: InboxMail[] }).mails;
  }

  async inboxOf(tenantId: string): Promise<InboxMail[]> {
    return this.inbox(this.cardOf(tenantId).email);
  }

  /** Makes SendGrid misbehave towards this tenant's mails. */
  async fault(tenantId: string, action: Record<string, unknown>, match: Record<string, unknown> = {}): Promise<void> {
    const rule = { match: { vendor: 'sendgrid', path: '/v3/mail/send', tenant: tenantId, ...match }, action };
    await this.tellSandbox('/_sim/faults', rule);
  }

  /** Makes SendGrid's reports late, repeated, shuffled. */
  async webhookFaults(faults: Record<string, unknown>): Promise<void> {
    await this.tellSandbox('/_sim/sendgrid/webhook-faults', faults);
  }

  /** Makes SendGrid misbehave towards everybody. */
  async faultForAll(action: Record<string, unknown>): Promise<void> {
    await this.tellSandbox('/_sim/faults', { match: { vendor: 'sendgrid', path: '/v3/mail/send' }, action });
  }

  async noFaults(): Promise<void> {
    await fetch(`${this.world.sandbox.console}/_sim/faults`, { method: 'DELETE' });
  }

  /** How often SendGrid was asked to take a mail so far. */
  async callsToSendGrid(): Promise<number> {
    const response = await fetch(`${this.world.sandbox.console}/_sim/requests?vendor=sendgrid&limit=50000`);
    return ((await response.json()) as { requests: object[] }).requests.length;
  }

  private async tellSandbox(path: string, body: unknown): Promise<void> {
    const response = await fetch(`${this.world.sandbox.console}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(await response.text());
  }

  messages(tenantId: string): Promise<MessageRow[]> {
    return this.service.sql<MessageRow>(
      'select id, template, state, attempts, reason from message where tenant_id = $1 order by created_at, id',
      [tenantId],
    );
  }

  /** A batch as SendGrid signs it; `change` may tamper with it afterwards. */
  async postWebhook(
    events: unknown,
    change: { body?: string; signature?: string | null; timestamp?: string } = {},
  ): Promise<Response> {
    const body = `${JSON.stringify(events)}\r\n`;
    const timestamp = change.timestamp ?? String(Math.floor(this.world.clock.nowMs() / 1_000));
    const signature = sign('sha256', Buffer.from(timestamp + body), this.webhookKey).toString('base64');
    const headers = new Headers({ 'content-type': 'application/json' });
    headers.set('x-twilio-email-event-webhook-timestamp', timestamp);
    if (change.signature !== null) headers.set('x-twilio-email-event-webhook-signature', change.signature ?? signature);
    return fetch(`${this.service.url}/sendgrid-webhook`, { method: 'POST', headers, body: change.body ?? body });
  }

  /** Waits for what arrives by itself: SendGrid's webhooks. */
  async until(what: string, holds: () => Promise<boolean>, timeoutMs = 8_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!(await holds())) {
      if (performance.now() > deadline) throw new Error(`Waited in vain for: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  stop(): Promise<void> {
    return this.world.stop();
  }
}
