import { eventsByType, type Owner, owners, portOffsets, subjectOf } from '@latchkey/contracts';
import { declaredCrashPoints } from '@latchkey/shared/crash';
import { createHmac } from 'node:crypto';
import { PgBoss } from 'pg-boss';
import { publishRaw } from './bus.js';
import type { System } from './system.js';

const pressTimeoutMs = 20_000;

/**
 * Ways that no stranger takes: what operators press, what the calendar brings, what a broken producer sends. Each is
 * tried, and a refusal is fine: it is about passing there, and the checkers tell afterwards whether all is well.
 */
export class RareWays {
  private readonly headers: Record<string, string>;
  private mendings = 0;

  constructor(private readonly system: System) {
    this.headers = { authorization: `Bearer ${system.operatorToken}`, 'content-type': 'application/json' };
  }

  /** Runs every schedule at once, as the cron of pg-boss would: by its queue. */
  async runSchedules(): Promise<void> {
    for (const owner of owners)
      await this.withJobsOf(owner, async (boss) => {
        const rows = await this.system.sql<{ name: string }>(owner, 'select name from pgboss.schedule');
        for (const { name } of rows) await boss.send(name, {});
      });
  }

  /**
   * What a producer with a bug sends: an event that breaks its contract on a subject the service listens to, a job that died
   * of it, and a Stripe event, rightly signed, about a subscription that Stripe does not have. Each becomes a dead letter.
   */
  async sendPoison(): Promise<void> {
    for (const owner of owners) {
      const type = declaredCrashPoints(this.system.crashDir, owner)
        .flatMap((point) => /^event\.(.+)\.before-ack$/.exec(point)?.[1] ?? [])
        .find((name) => eventsByType.has(name));
      const event = eventsByType.get(type ?? [...eventsByType.keys()][0]!)!;
      const tenant = `tenant_poison_${Date.now().toString(36)}`;
      await publishRaw(this.system.natsUrl, subjectOf(event, tenant), '{"poison": true}', {
        'ce-id': crypto.randomUUID(),
        'ce-type': event.type,
        'ce-source': event.owner,
        'ce-subject': tenant,
        'ce-time': new Date().toISOString(),
      });
      // Not every service has jobs that can die by themselves; scheduled ones cannot, though those of an older release did.
      await this.system.sql(
        owner,
        `insert into pgboss.job (name, data, source_name, source_retry_count) values ('dead-jobs', '{}', 'tend-outbox', 0)`,
      );
    }
    await this.sendUnknownStripeEvent();
  }

  /** Tried once more by an operator, and as much in vain. */
  async retryDeadStripeEvent(): Promise<void> {
    for (const event of await this.some('billing-webhooks', `select id from stripe_event where state = 'dead'`, 1))
      await this.press('billing-webhooks', 'POST', `/api/billing/stripe-events/${event}/retry`);
  }

  async countUnknownStripeEvents(): Promise<number> {
    const rows = await this.system.sql<{ count: number }>(
      'billing-webhooks',
      `select count(*)::int as count from stripe_event where id like 'evt_unknown_%' and state = 'waiting'`,
    );
    return rows[0]!.count;
  }

  /** What operators may press, on things that are there. */
  async operate(): Promise<void> {
    await this.press('analytics', 'POST', '/api/analytics/rebuild');
    for (const tenant of await this.some('signup', 'select id from tenant', 2)) {
      await this.press('analytics', 'PUT', `/api/analytics/test-tenants/${tenant}`);
      await this.press('analytics', 'DELETE', `/api/analytics/test-tenants/${tenant}`);
    }
    await this.diagnose();
    for (const run of await this.some('provisioner', `select tenant_id as id from run where state = 'retrying'`, 2))
      await this.press('provisioner', 'POST', `/api/provisioner/tenants/${run}/resume`);
    for (const tenant of await this.some('provisioner', `select tenant_id as id from run where state = 'retrying'`, 1))
      await this.press('provisioner', 'POST', `/api/provisioner/tenants/${tenant}/retry`);
    const failed = `select id from tenant where status = 'provisioning_failed' and compensated_at is null`;
    for (const tenant of await this.some('signup', failed, 2))
      await this.press('provisioner', 'POST', `/api/provisioner/tenants/${tenant}/retry`);
    // One is left to wait: it is told of, and given up when its time is over.
    const waiting = await this.some('signup', `select id from tenant where status = 'provisioning'`, 2);
    for (const tenant of waiting.slice(1))
      await this.press('provisioner', 'POST', `/api/provisioner/tenants/${tenant}/compensate`);
    for (const tenant of await this.some(
      'billing-webhooks',
      `select tenant_id as id from checkout where state = 'open'`,
      2,
    ))
      await this.press('billing-webhooks', 'POST', `/api/billing/tenants/${tenant}/reconcile`);
    for (const ticket of await this.some('notifier', 'select id from ticket where closed_at is null', 1))
      await this.press('notifier', 'POST', `/api/notifier/tickets/${ticket}/close`);
    await this.mend();
    await this.useConsole();
    for (const owner of owners) await this.settleDeadLetters(owner);
  }

  /** An account of the console comes, mistypes its password, logs in and out, and is disabled. */
  private async useConsole(): Promise<void> {
    const email = `op-${Date.now().toString(36)}@latchkey.example`;
    const password = 'a console for the chaos';
    await this.press('signup', 'POST', '/api/operator/operators', {
      reason: undefined,
      email,
      role: 'viewer',
      password,
    });
    await this.post('signup', '/api/console/login', { email, password: `not ${password}` });
    const login = await fetch(`${this.system.gateway}/api/console/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
      signal: AbortSignal.timeout(pressTimeoutMs),
    }).catch(() => undefined);
    const cookie = login?.headers.getSetCookie()[0]?.split(';')[0];
    if (cookie) await this.send('signup', 'POST', '/api/console/logout', {}, { ...this.headers, cookie });
    await this.press('signup', 'POST', `/api/operator/operators/${email}/disable`);
  }

  /** Mails that were refused are tried again: one by the customer, the others by themselves. */
  async mend(): Promise<void> {
    const refused = `select tenant_id as id from message where state = 'failed' and template = 'welcome'`;
    const byThemselves = (this.mendings += 1) % 2 === 0;
    for (const tenant of byThemselves ? [] : await this.some('notifier', refused, 1))
      await this.press('notifier', 'POST', `/api/notifier/tenants/${tenant}/resend-welcome`);
    for (const mail of await this.some('notifier', `select id from message where state = 'failed'`, 5))
      await this.press('notifier', 'POST', `/api/notifier/messages/${mail}/resend`);
  }

  /** People who never typed their code ask for another one. */
  async askForCodes(): Promise<void> {
    const waiting = `select id from tenant where email_verified_at is null and status = 'pending_payment'`;
    for (const tenant of await this.some('signup', waiting, 3))
      await this.post('signup', '/api/onboarding/resend-code', { tenant_id: tenant });
  }

  /**
   * Somebody who does not accept the terms is refused, and the refusal is noted. Somebody who signs up, and again with
   * another password before the address is verified, replaces the first signup; its payment page is closed.
   */
  async signUpOddly(): Promise<void> {
    const stamp = Date.now().toString(36);
    await this.signUp(`refused-${stamp}`, 'open the latch without any terms', false);
    await this.signUp(`again-${stamp}`, 'open the latch for the first time', true);
    await this.signUp(`again-${stamp}`, 'open the latch for a second time', true);
  }

  private signUp(name: string, password: string, accept_terms: boolean): Promise<void> {
    return this.post('signup', '/api/onboarding/signup', {
      email: `${name}@customers.example`,
      company_name: 'Odd Ltd',
      ...{ password, plan: 'starter', accept_terms, captcha_token: 'sandbox-pass' },
    });
  }

  private async diagnose(): Promise<void> {
    const [tenant] = await this.some(
      'billing-webhooks',
      `select tenant_id as id from checkout where state = 'open'`,
      1,
    );
    const [active] = await this.some('signup', `select id from tenant where status = 'active'`, 1);
    for (const id of [tenant, active])
      if (id) await this.press('analytics', 'GET', `/api/analytics/tenants/${id}/diagnosis`);
    const email = 'nobody@customers.example';
    await this.send('analytics', 'POST', '/api/analytics/tenants/find', { email }, this.headers);
    await this.press('analytics', 'GET', '/api/analytics/stuck-customers');
  }

  /** Of each kind one is redriven; what was there before is discarded, so that they do not pile up. */
  private async settleDeadLetters(owner: Owner): Promise<void> {
    const response = await fetch(`${this.system.url(owner)}/api/operator/dead-letters`, {
      headers: this.headers,
      signal: AbortSignal.timeout(pressTimeoutMs),
    }).catch(() => undefined);
    if (!response?.ok) return;
    const { dead_letters: letters } = (await response.json()) as { dead_letters: { id: string; kind: string }[] };
    for (const kind of ['event', 'job']) {
      const [first, second] = letters.filter((letter) => letter.kind === kind);
      if (first) await this.press(owner, 'POST', `/api/operator/dead-letters/${first.id}/redrive`);
      if (second) await this.press(owner, 'POST', `/api/operator/dead-letters/${second.id}/discard`);
    }
  }

  async sendUnknownStripeEvent(): Promise<void> {
    const signedAt = Math.floor(Date.now() / 1_000);
    const id = `evt_unknown_${Date.now().toString(36)}`;
    const object = { id: `sub_unknown_${Date.now().toString(36)}`, object: 'subscription' };
    const type = 'customer.subscription.updated';
    const body = JSON.stringify({ id, object: 'event', type, created: signedAt, data: { object } });
    const v1 = createHmac('sha256', this.system.secrets['stripeWebhookSecret']!).update(`${signedAt}.${body}`);
    await fetch(`${this.system.url('billing-webhooks')}/stripe-webhook`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'stripe-signature': `t=${signedAt},v1=${v1.digest('hex')}` },
      body,
      signal: AbortSignal.timeout(pressTimeoutMs),
    }).catch(() => undefined);
  }

  /** Ids by chance, so that in the end each of them has been taken. */
  private async some(owner: Owner, ids: string, count: number): Promise<string[]> {
    const rows = await this.system.sql<{ id: string }>(owner, `${ids} order by random() limit ${count}`);
    return rows.map(({ id }) => id);
  }

  private async withJobsOf(owner: Owner, work: (boss: PgBoss) => Promise<unknown>): Promise<void> {
    const port = this.system.options.portBase + portOffsets.postgres;
    const boss = new PgBoss({
      connectionString: `postgres://latchkey@127.0.0.1:${port}/${owner.replaceAll('-', '_')}`,
      schema: 'pgboss',
      migrate: false,
      supervise: false,
      schedule: false,
    });
    boss.on('error', () => undefined);
    try {
      await boss.start();
      await work(boss);
    } finally {
      await boss.stop({ graceful: false, close: true }).catch(() => undefined);
    }
  }

  private press(owner: Owner, method: string, path: string, body: object = {}): Promise<void> {
    return this.send(owner, method, path, { reason: 'chaos', ...body }, this.headers);
  }

  private post(owner: Owner, path: string, body: object): Promise<void> {
    return this.send(owner, 'POST', path, body, { 'content-type': 'application/json' });
  }

  private async send(owner: Owner, method: string, path: string, body: object, headers: Record<string, string>) {
    await fetch(`${this.system.url(owner)}${path}`, {
      method,
      headers,
      signal: AbortSignal.timeout(pressTimeoutMs),
      ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
    })
      .then((response) => response.body?.cancel())
      .catch(() => undefined); // Its process died at a point on the way, which is what this is for.
  }
}
