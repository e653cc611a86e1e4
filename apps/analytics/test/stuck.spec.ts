import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ContactCards, events, type ContactCard } from '@latchkey/contracts';
import { FindStuck } from '../src/stuck/find-stuck.js';
import type { StuckCustomers } from '../src/stuck/list-stuck.js';
import { answered, hourMs, startAnalytics, type AnalyticsWorld } from './analytics-world.js';

let at: AnalyticsWorld;
let silenceSignup: () => void;

const cardOf = (tenantId: string): ContactCard => ({
  tenant_id: tenantId,
  email: `${tenantId.toLowerCase()}@example.com`,
  company_name: `Company of ${tenantId}`,
  plan: 'starter',
  status: 'active',
  signed_up_at: '2026-11-23T03:00:00.000Z',
  trial_ends_at: null,
});

const stuck = async (query = '') => (await at.get<StuckCustomers>(`/api/analytics/stuck-customers${query}`)).body;
const idsOf = (list: { tenant_id: string }[]) => list.map(({ tenant_id }) => tenant_id);
/** What happens at five past each hour, on as many replicas as say so. */
const look = (replicas = 1) =>
  Promise.all(
    Array.from({ length: replicas }, () => at.service.kit.door.commit('spec', () => at.service.get(FindStuck).run())),
  );
const told = async (tenantId: string) => {
  await at.world.drain();
  const seen = (await at.world.events(tenantId)).filter(({ type }) => type.startsWith('analytics.'));
  return seen.map(({ type, data }) => `${type} ${String(data['rule'])}`);
};

/** Signed up, paid and provisioned, and nothing since. */
const provisioned = async () => {
  const customer = at.customer();
  await customer.say(events.TenantSignedUp);
  await customer.say(events.CheckoutCompleted);
  await customer.say(events.TenantCleared);
  await customer.say(events.TenantProvisioned);
  await customer.say(events.EmailSent, { template: 'welcome' });
  return customer;
};

beforeAll(async () => {
  at = await startAnalytics();
  silenceSignup = at.world.answer(ContactCards, ({ tenant_ids }) => ({ cards: tenant_ids.map(cardOf) }));
});
afterAll(() => at.stop());

test('who paid and never came is found after 48 hours, and told exactly once by three replicas', async () => {
  const [silent, visitor] = [await provisioned(), await provisioned()];
  await at.world.advance(2 * hourMs);
  await visitor.say(events.SessionStarted);
  await at.world.advance(45.9 * hourMs);
  await at.world.drain();
  await look();
  expect(idsOf((await stuck()).stuck_after_payment)).not.toContain(silent.id);
  await at.world.advance(0.2 * hourMs);
  const { stuck_after_payment, contacts_available, recommended_action } = await stuck();
  expect(stuck_after_payment).toEqual([
    expect.objectContaining({
      tenant_id: silent.id,
      company: `Company of ${silent.id}`,
      email: `${silent.id.toLowerCase()}@example.com`,
      hours_since_signup: 48.1,
      hours_stuck: 48.1,
      last_query: null,
      welcome_mail: 'sent',
    }),
  ]);
  expect([contacts_available, recommended_action]).toEqual([true, expect.stringContaining('personalized email')]);
  expect((await at.get(`/api/analytics/tenants/${silent.id}/contact`)).body).toEqual({
    company: `Company of ${silent.id}`,
    email: `${silent.id.toLowerCase()}@example.com`,
  });
  await look(3);
  await look();
  expect(await told(silent.id)).toEqual([
    'analytics.customer-stuck.v1 in_wizard',
    'analytics.customer-stuck.v1 after_payment',
  ]);
  expect(await told(visitor.id)).toEqual(['analytics.customer-stuck.v1 in_wizard']);
});

test('a login before the workspace stood is no sign of having come to it', async () => {
  const early = at.customer();
  await early.say(events.TenantSignedUp);
  await early.say(events.SessionStarted);
  await at.world.advance(hourMs);
  await early.say(events.TenantProvisioned);
  await at.world.advance(49 * hourMs);
  await at.world.drain();
  expect(idsOf((await stuck()).stuck_after_payment)).toContain(early.id);
});

test('who has an answer but no document is found after 24 hours; the first document resolves it once', async () => {
  const reader = await provisioned();
  await reader.say(events.SessionStarted);
  await reader.say(events.QuestionAnswered, answered);
  await reader.say(events.DocumentRejected, { reason: 'document_encrypted' });
  await at.world.advance(23 * hourMs);
  await at.world.drain();
  expect(idsOf((await stuck()).stuck_after_login)).not.toContain(reader.id);
  await at.world.advance(1.1 * hourMs);
  const row = (await stuck()).stuck_after_login.find(({ tenant_id }) => tenant_id === reader.id);
  expect(row?.last_query).toMatch(/^\d{4}-\d\d-\d\dT/);
  expect(row?.recommended_action).toContain('an upload was rejected (document encrypted)');
  await look(3);
  await reader.say(events.DocumentIndexed);
  await at.world.drain();
  expect(idsOf((await stuck()).stuck_after_login)).not.toContain(reader.id);
  await look(3);
  await look();
  expect((await told(reader.id)).filter((line) => line.includes('after_login'))).toEqual([
    'analytics.customer-stuck.v1 after_login',
    'analytics.intervention-resolved.v1 after_login',
  ]);
});

test('who only failed to get an answer is stuck in the wizard, and activation resolves it', async () => {
  const unlucky = await provisioned();
  await unlucky.say(events.QuestionFailed, { reason: 'openai' });
  await at.world.advance(25 * hourMs);
  await at.world.drain();
  const { stuck_after_login, stuck_in_wizard } = await stuck();
  expect(idsOf(stuck_after_login)).not.toContain(unlucky.id);
  const row = stuck_in_wizard.find(({ tenant_id }) => tenant_id === unlucky.id);
  expect(row).toMatchObject({
    troubles: ['question_failed:openai'],
    recommended_action: expect.stringContaining('openai'),
  });
  await look();
  await unlucky.say(events.ActivationCompleted);
  await at.world.drain();
  await look();
  expect(await told(unlucky.id)).toEqual([
    'analytics.customer-stuck.v1 in_wizard',
    'analytics.intervention-resolved.v1 in_wizard',
  ]);
});

test('who left, was erased or suspended is not written to, and has not "moved on"', async () => {
  const [gone, erased, suspended, back] = [
    await provisioned(),
    await provisioned(),
    await provisioned(),
    await provisioned(),
  ];
  await at.world.advance(49 * hourMs);
  await at.world.drain();
  await look();
  await gone.say(events.SubscriptionCancelled, { reason: 'customer' });
  await erased.say(events.ErasureRequested);
  await suspended.say(events.TenantSuspended);
  await back.say(events.TenantSuspended);
  await at.world.advance(1_000);
  await back.say(events.InvoicePaid);
  await at.world.drain();
  const listed = idsOf((await stuck()).stuck_after_payment);
  for (const { id } of [gone, erased, suspended]) expect(listed).not.toContain(id);
  expect(listed).toContain(back.id);
  await look();
  expect((await told(gone.id)).filter((line) => line.includes('resolved'))).toEqual([]);
  const [row] = await at.service.sql<{ n: number }>(
    `select count(*)::int as n from facts.intervention where tenant_id = $1 and outcome = 'left'`,
    [gone.id],
  );
  expect(row!.n).toBe(2);
});

test('lists come in pages, the longest stuck first, with their totals', async () => {
  const all = await stuck();
  expect(all.totals.stuck_in_wizard).toBe(all.stuck_in_wizard.length);
  const [first, second] = [await stuck('?limit=1'), await stuck('?limit=1&offset=1')];
  expect(first.totals).toEqual(all.totals);
  expect(idsOf([...first.stuck_in_wizard, ...second.stuck_in_wizard])).toEqual(idsOf(all.stuck_in_wizard.slice(0, 2)));
  const since = all.stuck_in_wizard.map(({ stuck_since }) => stuck_since);
  expect(since).toEqual([...since].sort());
  expect((await at.get('/api/analytics/stuck-customers?limit=501')).status).toBe(400);
});

test('while signup is silent the lists still come, without names', async () => {
  silenceSignup();
  const { contacts_available, stuck_after_payment } = await stuck();
  expect(contacts_available).toBe(false);
  expect(stuck_after_payment[0]).toMatchObject({ company: null, email: null, tenant_id: expect.any(String) });
});

test('no name and no address is ever kept', async () => {
  const rows = await at.service.sql<{ row: string }>(
    `select e::text as row from facts.event e union all select p::text from facts.tenant_progress p`,
  );
  expect(rows.filter(({ row }) => /@example\.com|Company of/.test(row))).toEqual([]);
});

test.each([
  ['GET', '/api/analytics/activation-funnel'],
  ['GET', '/api/analytics/stuck-customers'],
  ['GET', '/api/analytics/tenants/tenant_1/timeline'],
  ['POST', '/api/analytics/rebuild'],
])('%s %s answers nobody without the operator token', async (method, path) => {
  for (const token of [null, 'a-wrong-token-of-good-length'])
    expect(await at.request(method, path, token)).toMatchObject({
      status: 401,
      body: { code: 'operator_token_invalid' },
    });
});

test('a timeline tells one tenant in order, and an unknown one is refused', async () => {
  const customer = await provisioned();
  await at.world.drain();
  const { body } = await at.get<{ events: { type: string; occurred_at: string }[]; milestones: object }>(
    `/api/analytics/tenants/${customer.id}/timeline`,
  );
  expect(body.events.map(({ type }) => type)).toEqual([
    events.TenantSignedUp.type,
    events.CheckoutCompleted.type,
    events.TenantCleared.type,
    events.TenantProvisioned.type,
    events.EmailSent.type,
  ]);
  expect(body.milestones).toHaveProperty('completed_payment');
  expect(await at.get('/api/analytics/tenants/tenant_nobody/timeline')).toMatchObject({
    status: 404,
    body: { code: 'unknown_tenant' },
  });
  expect((await at.get('/api/analytics/tenants/a%20b/timeline')).status).toBe(400);
});
