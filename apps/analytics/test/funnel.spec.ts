import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { events, type EventContract, type EventData } from '@latchkey/contracts';
import type { Funnel } from '../src/funnel/measure-funnel.js';
import { answered, hourMs, minuteMs, startAnalytics, type AnalyticsWorld } from './analytics-world.js';

type Way = {
  id: string;
  after: <E extends EventContract>(minutes: number, event: E, data?: Partial<EventData<E>>) => Promise<void>;
};

/** Six customers whose ways are written down below; every number is counted by hand from these lines. */
let at: AnalyticsWorld;

const funnel = async (query = ''): Promise<Funnel> => {
  const { status, body } = await at.get<Funnel>(`/api/analytics/activation-funnel${query}`);
  expect(status).toBe(200);
  return body;
};

beforeAll(async () => {
  at = await startAnalytics();
  const start = at.world.clock.nowMs();
  const [ada, bob, cyd, dan, eve, fay] = Array.from({ length: 6 }, () => {
    const { id, say } = at.customer();
    /** Minutes after the signup of all six. */
    const after = <E extends EventContract>(minutes: number, event: E, data?: Partial<EventData<E>>) =>
      say(event, data, new Date(start + minutes * minuteMs));
    return { id, after };
  }) as [Way, Way, Way, Way, Way, Way];
  for (const { after } of [ada, bob, cyd, dan, eve, fay]) await after(0, events.TenantSignedUp);
  for (const { after } of [ada, bob, cyd, dan, eve]) {
    await after(1, events.EmailVerified);
    await after(2, events.CheckoutCompleted);
    await after(2, events.TenantCleared);
  }
  // Eve paid, but her workspace could not be made: she is no "unpaid" customer for that.
  await eve.after(3, events.ProvisioningFailed, { reason: 'pinecone' });
  await eve.after(4, events.SubscriptionCancelled, { reason: 'provisioning_failed' });
  for (const { after } of [ada, bob]) await after(2 + 10 / 60, events.TenantProvisioned);
  for (const { after } of [cyd, dan]) await after(2 + 40 / 60, events.TenantProvisioned);
  for (const { after } of [ada, bob, cyd]) await after(5, events.SessionStarted);
  // Ada: fails once, then gets everything within 20 minutes.
  await ada.after(16, events.QuestionFailed, { reason: 'openai' });
  await ada.after(17, events.QuestionAnswered, { ...answered, channel: 'wizard' });
  await ada.after(18, events.QuestionFailed, { reason: 'timeout' });
  await ada.after(18, events.DocumentRejected, { reason: 'document_encrypted' });
  await ada.after(19, events.DocumentIndexed);
  await ada.after(20, events.ActivationCompleted);
  // Cyd only meets failure, twice the same and once an honest "not in your documents".
  await cyd.after(20, events.QuestionFailed, { reason: 'openai' });
  await cyd.after(21, events.QuestionFailed, { reason: 'openai' });
  await cyd.after(22, events.QuestionAnswered, { ...answered, grounded: false });
  // Bob takes exactly 30 minutes, Dan (who comes with his API key, without a login) exactly 24 hours.
  await bob.after(28, events.QuestionAnswered, answered);
  await bob.after(29, events.DocumentIndexed);
  await bob.after(30, events.ActivationCompleted);
  await dan.after(1_438, events.QuestionAnswered, { ...answered, channel: 'api' });
  await dan.after(1_439, events.DocumentIndexed);
  await dan.after(1_440, events.ActivationCompleted);
  await at.world.advance(24 * hourMs);
  await at.world.drain();
});
afterAll(() => at.stop());

test('the funnel counts who was where, successes and attempts apart', async () => {
  expect(await funnel()).toMatchObject({
    total_signups: 6,
    verified_email: 5,
    completed_payment: 5,
    provisioned: 4,
    logged_in: 3,
    attempted_first_query: 4,
    succeeded_first_query: 3,
    ran_sample_query: 1,
    uploaded_document: 3,
    completed_activation: 3,
  });
});

test('a failed first question is an attempt and not a success, and its reason is counted (F4)', async () => {
  const { first_query_failure_rate, failure_reasons } = await funnel();
  expect(first_query_failure_rate).toBe(25);
  // Ada's timeout came after her first answer: it did not keep her from anything.
  expect(failure_reasons).toEqual({ openai: 2, not_in_documents: 1 });
});

test('rates are shares of the people they name, and never above 100 percent', async () => {
  const { conversion_rates, activation_rate, steps } = await funnel();
  expect(conversion_rates).toEqual({ payment_rate: 83.33, login_rate: 60, upload_rate: 66.67, activation_rate: 50 });
  expect(activation_rate).toBe(50);
  expect(steps.find(({ stage }) => stage === 'logged_in')).toMatchObject({ reached: 3, dropped: 1, drop_off_rate: 25 });
  expect(steps.find(({ stage }) => stage === 'attempted_first_query')).toMatchObject({ reached: 4, dropped: 0 });
  expect(steps.map(({ stage }) => stage)).not.toContain('ran_sample_query');
});

test('times to activate are percentiles and buckets of the true minutes', async () => {
  const { time_to_activate } = await funnel();
  // 20, 30 and 1440 minutes: the median is the middle one, p90 lies 0.8 of the way from 30 to 1440.
  expect(time_to_activate.median_minutes).toBe(30);
  expect(time_to_activate.p90_minutes).toBe(1_158);
  expect(time_to_activate.p99_minutes).toBe(1_411.8);
  expect(time_to_activate.within_24h_percentage).toBe(66.67);
  expect(time_to_activate.histogram).toEqual([
    { bucket: '<30min', count: 1 },
    { bucket: '30min-2h', count: 1 },
    { bucket: '2h-24h', count: 0 },
    { bucket: '>24h', count: 1 },
  ]);
});

test('times to provision are from cleared to open, and failures are told by reason', async () => {
  const { time_to_provision, provisioning_failures_by_reason, document_rejections_by_reason } = await funnel();
  // 10, 10, 40, 40 seconds.
  expect(time_to_provision.median_seconds).toBe(25);
  expect(time_to_provision.p90_seconds).toBe(40);
  expect(provisioning_failures_by_reason).toEqual({ pinecone: 1 });
  expect(document_rejections_by_reason).toEqual({ document_encrypted: 1 });
});

test('every number is explained in the answer', async () => {
  const { definitions, ...numbers } = await funnel();
  for (const name of Object.keys(numbers).filter(
    (key) => !['days', 'since', 'steps', 'conversion_rates'].includes(key),
  ))
    expect(definitions).toHaveProperty([name]);
});

test('events that come again, late and in another order change no number', async () => {
  const before = await at.progress();
  const all = await at.service.sql<{
    event_id: string;
    type: string;
    tenant_id: string;
    occurred_at: string;
    data: object;
  }>(`select * from facts.event order by md5(event_id::text)`);
  for (const event of all)
    await at.world.publishRaw(`latchkey.${event.type}.${event.tenant_id}`, JSON.stringify(event.data), {
      'ce-id': event.event_id,
      'ce-type': event.type,
      'ce-subject': event.tenant_id,
      'ce-time': new Date(event.occurred_at).toISOString(),
    });
  await at.world.drain();
  expect(await at.progress()).toEqual(before);
  const [row] = await at.service.sql<{ n: number }>('select count(*)::int as n from facts.event');
  expect(row!.n).toBe(all.length);
});

test('a rebuild from the journal equals the live numbers to the byte, also when it repairs them', async () => {
  const live = await at.progress();
  const numbers = await funnel();
  await at.service.sql(
    `update facts.tenant_progress set milestones = '{}' where tenant_id in (select min(tenant_id) from facts.tenant_progress)`,
  );
  expect(await at.progress()).not.toEqual(live);
  const { status, body } = await at.request<{ tenants: number }>('POST', '/api/analytics/rebuild');
  expect([status, body.tenants]).toEqual([200, live.length]);
  expect(await at.progress()).toEqual(live);
  expect({ ...(await funnel()), since: '' }).toEqual({ ...numbers, since: '' });
});

test('only the days asked for are counted', async () => {
  const { total_signups, completed_activation, conversion_rates, time_to_activate } = await funnel('?days=1');
  // Everybody signed up a little more than a day ago.
  expect([total_signups, completed_activation]).toEqual([0, 0]);
  expect(conversion_rates).toEqual({ payment_rate: 0, login_rate: 0, upload_rate: 0, activation_rate: 0 });
  expect(time_to_activate).toMatchObject({ median_minutes: null, p90_minutes: null, within_24h_percentage: 0 });
});

test.each(['0', '366', '-1', '1.5', 'all', '', '30&days=31', '30&day=1'])('days=%s is refused', async (days) => {
  const { status, body } = await at.get(`/api/analytics/activation-funnel?days=${days}`);
  expect(status).toBe(400);
  expect(body).toMatchObject({ code: 'invalid_request' });
});
