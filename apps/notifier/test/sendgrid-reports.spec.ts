import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { TenantProvisioned, TrialEnding } from '@latchkey/contracts';
import { WatchDeliverability } from '../src/delivery/watch-deliverability.js';
import { startNotifierWorld, type NotifierWorld } from './notifier-world.js';

let notifier: NotifierWorld;
beforeAll(async () => {
  notifier = await startNotifierWorld();
}, 60_000);
afterAll(() => notifier.stop());

const atSeconds = 1_795_400_000;

/** A welcome that was sent and delivered; gives its message id. */
async function welcomed(tenantId: string): Promise<string> {
  await notifier.world.publish(TenantProvisioned, tenantId, TenantProvisioned.example);
  await notifier.until('the delivery', async () => (await kinds(tenantId)).includes('delivered'));
  await notifier.world.drain();
  return (await notifier.messages(tenantId))[0]?.id ?? '';
}

async function kinds(tenantId: string): Promise<string[]> {
  const rows = await notifier.service.sql<{ kind: string }>(
    `select d.kind from delivery_event d join message m on m.id = d.message_id where m.tenant_id = $1 order by d.occurred_at`,
    [tenantId],
  );
  return rows.map(({ kind }) => kind);
}

async function published(tenantId: string): Promise<string[]> {
  await notifier.world.drain();
  const types = await notifier.world.eventTypes(tenantId);
  return types.filter((type) => type.startsWith('notifier.'));
}

test('SendGrid’s own reports tell that a mail was sent and delivered', async () => {
  await welcomed('tenant_told');
  expect(await published('tenant_told')).toEqual(['notifier.email-sent.v1', 'notifier.email-delivered.v1']);
});

test('a batch that comes three times counts once, though its event ids change', async () => {
  const message_key = await welcomed('tenant_thrice');
  const batch = (id: string) => [
    { event: 'open', timestamp: atSeconds, message_key, sg_event_id: `${id}1`, useragent: 'Mozilla/5.0' },
    { event: 'click', timestamp: atSeconds + 1, message_key, sg_event_id: `${id}2`, url: 'https://latchkey.example' },
  ];
  const answers = await Promise.all(['a', 'b', 'c'].map((id) => notifier.postWebhook(batch(id))));
  expect(answers.map((answer) => answer.status)).toEqual([204, 204, 204]);
  expect((await kinds('tenant_thrice')).filter((kind) => kind === 'open' || kind === 'click')).toEqual([
    'open',
    'click',
  ]);
  const events = await published('tenant_thrice');
  expect(events.filter((type) => type === 'notifier.email-opened.v1')).toHaveLength(1);
  expect(events.filter((type) => type === 'notifier.email-clicked.v1')).toHaveLength(1);
});

test('a mail opened a thousand times is one fact and a bounded number of rows', async () => {
  const message_key = await welcomed('tenant_avid');
  const opens = Array.from({ length: 1_000 }, (_, i) => ({ event: 'open', timestamp: atSeconds + i, message_key }));
  for (let from = 0; from < opens.length; from += 100) await notifier.postWebhook(opens.slice(from, from + 100));
  expect((await kinds('tenant_avid')).length).toBeLessThanOrEqual(200);
  expect((await published('tenant_avid')).filter((type) => type === 'notifier.email-opened.v1')).toHaveLength(1);
});

test('an opening by a machine is marked, and does not hide the reader’s', async () => {
  const message_key = await welcomed('tenant_apple');
  await notifier.postWebhook([
    { event: 'open', timestamp: atSeconds, message_key, sg_machine_open: true },
    { event: 'open', timestamp: atSeconds + 60, message_key, useragent: 'Mozilla/5.0 (Macintosh)' },
    { event: 'click', timestamp: atSeconds + 1, message_key, useragent: 'Barracuda Sentinel' },
  ]);
  await notifier.world.drain();
  const opened = (await notifier.world.events('tenant_apple')).filter(
    ({ type }) => type === 'notifier.email-opened.v1',
  );
  expect(opened.map(({ data }) => data['machine'])).toEqual([true, false]);
  expect(await published('tenant_apple')).not.toContain('notifier.email-clicked.v1');
});

test('an address that bounced gets no further mail, and ops hear of the mail it waits for', async () => {
  const { world, service } = notifier;
  notifier.cards.set('tenant_bounce', { email: 'bounce@example.com' });
  await world.publish(TenantProvisioned, 'tenant_bounce', TenantProvisioned.example);
  await notifier.until('the bounce', async () => (await kinds('tenant_bounce')).includes('bounce'));
  await world.publish(TrialEnding, 'tenant_bounce', TrialEnding.example);
  await world.drain();
  expect(await notifier.messages('tenant_bounce')).toMatchObject([
    { template: 'welcome', state: 'sent' },
    { template: 'trial-ending', state: 'skipped', reason: 'suppressed' },
  ]);
  expect(await notifier.inbox('bounce@example.com')).toHaveLength(1);
  expect(await published('tenant_bounce')).toContain('notifier.email-bounced.v1');
  const alerts = await service.sql<{ kind: string }>(
    `select kind from alert where tenant_id = 'tenant_bounce' order by kind`,
  );
  expect(alerts.map(({ kind }) => kind)).toEqual(['email_bounced', 'email_withheld']);
  expect(JSON.stringify(await service.sql('select * from suppression'))).not.toContain('bounce@');
});

test('a passing block closes no address', async () => {
  const message_key = await welcomed('tenant_blocked');
  const blocked = {
    event: 'bounce',
    type: 'blocked',
    timestamp: atSeconds,
    message_key,
    email: 'tenant_blocked@example.com',
  };
  await notifier.postWebhook([blocked]);
  await notifier.world.publish(TrialEnding, 'tenant_blocked', TrialEnding.example);
  await notifier.world.drain();
  expect(await notifier.messages('tenant_blocked')).toMatchObject([{ state: 'sent' }, { state: 'sent' }]);
});

test.each([
  ['tenant_quota', 'Recipient List over Package Quota', 'sent'],
  ['tenant_invalid', 'Invalid', 'skipped'],
])(
  'a mail dropped for our fault closes no address, and one dropped for the address does: %s',
  async (tenantId, reason, next) => {
    const message_key = await welcomed(tenantId);
    const email = `${tenantId}@example.com`;
    await notifier.postWebhook([{ event: 'dropped', reason, timestamp: atSeconds, message_key, email }]);
    await notifier.world.publish(TrialEnding, tenantId, TrialEnding.example);
    await notifier.world.drain();
    expect(await notifier.messages(tenantId)).toMatchObject([{ state: 'sent' }, { state: next }]);
  },
);

test.each([
  ['without a signature', { signature: null }],
  ['with a wrong signature', { signature: Buffer.alloc(70, 7).toString('base64') }],
  ['with garbage for a signature', { signature: 'not base64 at all' }],
  ['altered after signing', { body: '[{"event":"bounce","timestamp":1795400000,"message_key":"msg_x"}]\r\n' }],
  ['signed two days ago', { timestamp: String(Math.floor(Date.now() / 1_000) - 172_800) }],
])('a batch %s is refused and writes nothing', async (_how, change) => {
  const message_key = await welcomed('tenant_guarded');
  const before = await kinds('tenant_guarded');
  const answer = await notifier.postWebhook([{ event: 'open', timestamp: atSeconds, message_key }], change);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ code: 'webhook_signature_invalid' });
  expect(await kinds('tenant_guarded')).toEqual(before);
  expect(await notifier.service.sql(`select 1 from delivery_event where message_id = 'msg_x'`)).toEqual([]);
});

test('a signed body that is no batch gets a problem, and members we cannot read do not spoil the others', async () => {
  const odd = await notifier.postWebhook({ event: 'open' });
  expect(odd.status).toBe(400);
  expect(await odd.json()).toMatchObject({ code: 'webhook_payload_invalid' });

  const message_key = await welcomed('tenant_mixed');
  const mixed = [
    null,
    'text',
    { event: 'open', timestamp: 'yesterday', message_key },
    { event: 'invented', timestamp: atSeconds, message_key },
    { event: 'open', timestamp: atSeconds, message_key: 'msg_of_somebody_else' },
    { event: 'open', timestamp: atSeconds, message_key },
  ];
  expect((await notifier.postWebhook(mixed)).status).toBe(204);
  expect((await kinds('tenant_mixed')).filter((kind) => kind === 'open')).toHaveLength(1);
  expect(await notifier.service.sql(`select 1 from delivery_event where message_id = 'msg_of_somebody_else'`)).toEqual(
    [],
  );
});

describe('deliverability is watched', () => {
  /** Mails of the past, as rows: what matters is what they count up to. */
  async function mails(
    count: number,
    template: string,
    hoursAgo: number,
    columns: Record<string, boolean>,
  ): Promise<void> {
    const at = new Date(notifier.world.clock.nowMs() - hoursAgo * 3_600_000).toISOString();
    const names = Object.keys(columns).filter((name) => columns[name]);
    await notifier.service.sql(
      `insert into message (id, template, tenant_id, dedupe_key, fact_data, state, attempts, created_at, queued_at, sent_at
         ${names.map((name) => `, ${name}`).join('')})
       select id, $2, 'tenant_past', id, '{}', 'sent', 1, $3, $3, $3 ${names.map(() => ', $3').join('')}
       from (select 'msg_past' || gen_random_uuid() as id from generate_series(1, $1)) as ids`,
      [count, template, at],
    );
  }

  async function alertsAfterWatching(): Promise<string[]> {
    const watch = notifier.service.get(WatchDeliverability);
    for (let hour = 0; hour < 2; hour++) await notifier.service.kit.door.commit('watch', () => watch.run());
    const rows = await notifier.service.sql<{ kind: string }>(
      `select kind from alert where tenant_id is null order by kind`,
    );
    return rows.map(({ kind }) => kind);
  }

  beforeEach(async () => {
    await notifier.service.sql('truncate message, alert');
  });

  test('four bounces in a hundred alert once, two do not, and neither does one of a handful', async () => {
    await mails(98, 'payment-failed', 2, {});
    await mails(2, 'payment-failed', 2, { bounced_at: true });
    expect(await alertsAfterWatching()).toEqual([]);
    await mails(2, 'payment-failed', 2, { bounced_at: true });
    expect(await alertsAfterWatching()).toEqual(['bounce_rate_high']);
    await notifier.service.sql('truncate message, alert');
    await mails(1, 'payment-failed', 2, { bounced_at: true });
    expect(await alertsAfterWatching()).toEqual([]);
  });

  test('welcomes that nobody opens alert; those only a machine opened, and those of today, prove nothing', async () => {
    await mails(30, 'welcome', 48, { delivered_at: true, opened_at: true });
    await mails(40, 'welcome', 48, { delivered_at: true, machine_opened_at: true });
    await mails(40, 'welcome', 3, { delivered_at: true });
    expect(await alertsAfterWatching()).toEqual([]);
    await mails(30, 'welcome', 48, { delivered_at: true });
    expect(await alertsAfterWatching()).toEqual(['open_rate_low']);
  });
});
