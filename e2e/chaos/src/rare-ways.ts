import { eventsByType, type Owner, owners, portOffsets, subjectOf } from '@latchkey/contracts';
import { declaredCrashPoints } from '@latchkey/shared/crash';
import { PgBoss } from 'pg-boss';
import { publishRaw } from './bus.js';
import type { Sandbox } from './sandbox.js';
import type { System } from './system.js';

/**
 * Ways that no stranger takes: what operators press, what the calendar brings, what a broken producer sends. Each is
 * tried, and a refusal is fine: it is about passing there, and the checkers tell afterwards whether all is well.
 */
export class RareWays {
  private readonly headers: Record<string, string>;

  constructor(
    private readonly system: System,
    private readonly sandbox: Sandbox,
  ) {
    this.headers = { authorization: `Bearer ${system.operatorToken}`, 'content-type': 'application/json' };
  }

  /** Runs every schedule that is not due within the minute, as the cron of pg-boss would: by its queue. */
  async runSchedules(): Promise<void> {
    for (const owner of owners) {
      const rows = await this.system.sql<{ name: string }>(
        owner,
        `select name from pgboss.schedule where cron <> '* * * * *'`,
      );
      if (rows.length === 0) continue;
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
        for (const { name } of rows) await boss.send(name, {});
      } finally {
        await boss.stop({ graceful: false, close: true }).catch(() => undefined);
      }
    }
  }

  /** An event whose data breaks its contract, on a subject that the service listens to: it becomes a dead letter there. */
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
    }
  }

  /** What operators may press, on things that are there. */
  async operate(): Promise<void> {
    const { system } = this;
    await this.press('analytics', 'POST', '/api/analytics/rebuild');
    const tenant = (await system.sql<{ id: string }>('signup', 'select id from tenant limit 1'))[0]?.id;
    if (tenant) {
      await this.press('analytics', 'PUT', `/api/analytics/test-tenants/${tenant}`);
      await this.press('analytics', 'DELETE', `/api/analytics/test-tenants/${tenant}`);
    }
    const ticket = (
      await system.sql<{ id: string }>('notifier', 'select id from ticket where closed_at is null limit 1')
    )[0]?.id;
    if (ticket) await this.press('notifier', 'POST', `/api/notifier/tickets/${ticket}/close`);
    const mail = (
      await system.sql<{ id: string }>('notifier', `select id from message where state = 'failed' limit 1`)
    )[0]?.id;
    if (mail) await this.press('notifier', 'POST', `/api/notifier/messages/${mail}/resend`);
    const event = (
      await system.sql<{ id: string }>('billing-webhooks', `select id from stripe_event where state = 'dead' limit 1`)
    )[0]?.id;
    if (event) await this.press('billing-webhooks', 'POST', `/api/billing/stripe-events/${event}/retry`);
    for (const owner of owners) {
      const { items } = await this.list(owner);
      if (items[0])
        await this.press(owner, 'POST', `/api/operator/dead-letters/${items[0].id}/redrive`, { reason: 'chaos' });
      if (items[1])
        await this.press(owner, 'POST', `/api/operator/dead-letters/${items[1].id}/discard`, { reason: 'chaos' });
    }
  }

  /** Beyond the life of a payment page: what nobody paid expires. */
  async passADay(): Promise<void> {
    await this.sandbox.advance(26 * 3_600);
  }

  /** Beyond the trial and the first charge; cards that fail then are dunned for two weeks and cancelled. */
  async passAMonth(): Promise<void> {
    for (let days = 0; days < 32; days += 4) await this.sandbox.advance(4 * 86_400);
  }

  private async list(owner: Owner): Promise<{ items: { id: string }[] }> {
    const response = await fetch(`${this.system.url(owner)}/api/operator/dead-letters`, { headers: this.headers });
    const page = (await response.json()) as Record<string, unknown>;
    return { items: (Object.values(page).find(Array.isArray) ?? []) as { id: string }[] };
  }

  private async press(owner: Owner, method: string, path: string, body: object = {}): Promise<void> {
    await fetch(`${this.system.url(owner)}${path}`, {
      method,
      headers: this.headers,
      signal: AbortSignal.timeout(20_000),
      ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
    }).catch(() => undefined); // Its process died at a point on the way, which is what this is for.
  }
}
