import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  CloseWorkspace,
  ErasureRequested,
  OpenWorkspace,
  plans,
  SubscriptionCancelled,
  SubscriptionChanged,
  TenantSuspended,
} from '@latchkey/contracts';
import { newId } from '@latchkey/shared/ids';
import { Questions } from '@latchkey/shared/messaging';
import { Office } from './support/office.js';

let office: Office;
beforeAll(async () => {
  office = await Office.open();
});
afterAll(() => office.close());

test('the migrated database is what the entities say', async () => {
  expect(await office.service.schemaDrift()).toBe('');
});

test.each([
  ['with an epoch', { epoch: 100 }],
  ['without', {}],
])('a workspace asked for many times at once (%s), on two replicas, is opened once', async (_name, epoch) => {
  const second = await office.replica();
  const id = newId('tenant');
  const request = { tenant_id: id, plan: 'starter' as const, namespace: id, trial_ends_at: null, ...epoch };
  const replies = await Promise.all(
    Array.from({ length: 8 }, (_, at) =>
      (at % 2 === 0 ? office.service : second).get(Questions).ask(OpenWorkspace, request),
    ),
  );
  expect(new Set(replies.map((reply) => reply.first_key_id)).size).toBe(1);
  const [counts] = await office.service.sql(
    `select (select count(*)::int from runtime where tenant_id = $1) as runtimes,
            (select count(*)::int from quota_period where tenant_id = $1) as periods,
            (select count(*)::int from api_key where tenant_id = $1) as keys`,
    [id],
  );
  expect(counts).toEqual({ runtimes: 1, periods: 1, keys: 1 });
  await office.world.drain();
  expect((await office.world.eventTypes(id)).sort()).toEqual([
    'workspace.api-key-issued.v1',
    'workspace.workspace-opened.v1',
  ]);
  await office.world.stopService(second);
});

test('the plan decides the limits, and a change of plan changes them', async () => {
  const tenant = await office.tenant({ plan: 'starter' });
  expect((await tenant.call('GET', '/v1/usage')).body).toMatchObject({ plan: 'starter', queries_limit: 10_000 });
  await office.world.publish(SubscriptionChanged, tenant.id, { plan: 'pro', status: 'active', trial_ends_at: null });
  await office.world.drain();
  expect((await tenant.call('GET', '/v1/usage')).body).toMatchObject({
    plan: 'pro',
    queries_limit: plans.pro.limits.queriesPerMonthMax,
    documents_limit: plans.pro.limits.documentsMax,
  });
  expect((await tenant.call('GET', '/v1/settings')).body).toMatchObject({
    plan: 'pro',
    state: 'open',
    features_enabled: plans.pro.featuresEnabled,
    models: plans.pro.models,
    limits: { api_keys_max: plans.pro.limits.apiKeysMax },
  });
});

test('a suspended tenant may look but not ask, until its payment arrives; signup’s word about it may come at any time', async () => {
  const tenant = await office.tenant();
  const stripeSays = (status: string) =>
    office.world.publish(SubscriptionChanged, tenant.id, { plan: 'starter', status, trial_ends_at: null });
  await stripeSays('past_due');
  await office.world.drain();
  expect((await tenant.ask('What is RAG?')).status).toBe(200);
  await stripeSays('unpaid');
  await office.world.drain();
  expect((await tenant.ask('What is RAG?')).body.code).toBe('workspace_not_open');
  expect((await tenant.call('GET', '/v1/documents')).status).toBe(200);
  await stripeSays('active');
  await office.world.drain();
  expect((await tenant.ask('What is RAG?')).status).toBe(200);
  // Signup was away and catches up: of the two it tells the first only.
  await office.world.publish(TenantSuspended, tenant.id, { reason: 'payment_failed' });
  await office.world.drain();
  expect((await tenant.ask('What is RAG?')).status).toBe(200);
});

test('what an operator has suspended, no payment opens', async () => {
  const tenant = await office.tenant();
  await office.world.publish(TenantSuspended, tenant.id, { reason: 'abuse' });
  await office.world.drain();
  await office.world.publish(SubscriptionChanged, tenant.id, {
    plan: 'starter',
    status: 'active',
    trial_ends_at: null,
  });
  await office.world.drain();
  expect((await tenant.ask('What is RAG?')).body.code).toBe('workspace_not_open');
});

test('who has cancelled may look and take things away until the grace is over, and uses nothing any more', async () => {
  const tenant = await office.tenant();
  const key = await tenant.revealFirstKey();
  const cancelled = (reason: 'customer' | 'duplicate') =>
    office.world.publish(SubscriptionCancelled, tenant.id, { reason, refunded_cents: 0 });
  // A second subscription was ended: the tenant keeps the first.
  await cancelled('duplicate');
  await office.world.drain();
  expect((await tenant.ask('What is RAG?')).status).toBe(200);
  await cancelled('customer');
  await office.world.drain();
  expect((await tenant.ask('What is RAG?')).body.code).toBe('workspace_not_open');
  expect((await tenant.ask('What is RAG?', { token: key })).body.code).toBe('workspace_not_open');
  expect((await tenant.call('GET', '/v1/documents')).status).toBe(200);
  // What Stripe said of the subscription before its end opens nothing when it is told late.
  await office.world.publish(SubscriptionChanged, tenant.id, {
    plan: 'starter',
    status: 'active',
    trial_ends_at: null,
  });
  await office.world.drain();
  expect((await tenant.ask('What is RAG?')).body.code).toBe('workspace_not_open');
});

test('closing is safe to repeat, ends the keys, and an opening after it starts afresh', async () => {
  const tenant = await office.tenant();
  const key = await tenant.revealFirstKey();
  await tenant.ask('Anything?');
  const questions = office.service.get(Questions);
  await questions.ask(CloseWorkspace, { tenant_id: tenant.id });
  await questions.ask(CloseWorkspace, { tenant_id: tenant.id });
  await questions.ask(CloseWorkspace, { tenant_id: 'tenant_that_never_was' });
  expect((await tenant.call('GET', '/v1/usage', { token: key })).body.code).toBe('unauthorized');
  expect((await tenant.call('GET', '/v1/usage')).body.code).toBe('workspace_not_open');
  const again = await office.ask(tenant.id);
  expect(again.first_key_id).not.toBe(tenant.firstKeyId);
  await tenant.ask('Anything?');
  expect((await tenant.call('GET', '/v1/usage')).body['queries_used']).toBe(1);
  const periods = await office.service.sql('select queries_used from quota_period where tenant_id = $1', [tenant.id]);
  expect(periods).toEqual([{ queries_used: 1 }, { queries_used: 1 }]);
});

test('an opening that arrives after its try was undone opens nothing; a later try does, and a late undo leaves that alone', async () => {
  const id = newId('tenant');
  const questions = office.service.get(Questions);
  const request = { tenant_id: id, plan: 'starter' as const, namespace: id, trial_ends_at: null };
  const states = () => office.service.sql('select state from runtime where tenant_id = $1', [id]);
  await questions.ask(CloseWorkspace, { tenant_id: id, epoch: 100 });
  await expect(questions.ask(OpenWorkspace, { ...request, epoch: 100 })).rejects.toThrow();
  expect(await states()).toEqual([]);
  await questions.ask(OpenWorkspace, { ...request, epoch: 101 });
  await questions.ask(CloseWorkspace, { tenant_id: id, epoch: 100 });
  expect(await states()).toEqual([{ state: 'open' }]);
  await questions.ask(CloseWorkspace, { tenant_id: id, epoch: 101 });
  await expect(questions.ask(OpenWorkspace, { ...request, epoch: 101 })).rejects.toThrow();
  expect(await states()).toEqual([{ state: 'closed' }]);
});

test('openings and the closing of their try at the same moment, on two replicas, never leave a workspace', async () => {
  const second = await office.replica();
  const questions = [office.service.get(Questions), second.get(Questions)] as const;
  const ids = Array.from({ length: 10 }, () => newId('tenant'));
  await Promise.all(
    ids.flatMap((id, at) => {
      const request = { tenant_id: id, plan: 'starter' as const, namespace: id, trial_ends_at: null, epoch: 100 };
      const open = questions[0].ask(OpenWorkspace, request).catch(() => undefined);
      // What came too late is refused, and what came first is closed.
      const close = questions[at % 2 === 0 ? 1 : 0].ask(CloseWorkspace, { tenant_id: id, epoch: 100 });
      return [open, close];
    }),
  );
  expect(await office.service.sql(`select 1 from runtime where tenant_id = any($1) and state = 'open'`, [ids])).toEqual(
    [],
  );
  await office.world.stopService(second);
});

test('an erasure leaves a gravestone only: no rows, no vectors, no way in, no opening again', async () => {
  const tenant = await office.tenant({ samples: true });
  await tenant.upload('secret.txt', 'The launch code of the moon rocket is seven four one.');
  await tenant.ask('What is the launch code?');
  await office.world.publish(ErasureRequested, tenant.id, { requested_at: office.world.clock.nowIso() });
  await office.world.drain();
  const rows = await Promise.all(
    ['api_key', 'document', 'document_content', 'question', 'quota_period'].map((table) =>
      office.service.sql(`select 1 from ${table} where tenant_id = $1`, [tenant.id]),
    ),
  );
  expect(rows.flat()).toEqual([]);
  expect((await tenant.call('GET', '/v1/usage')).body.code).toBe('workspace_not_open');
  await expect(office.ask(tenant.id)).rejects.toThrow();
  const stats = await fetch(`${office.world.sandbox.pinecone}/namespaces/${tenant.id}`, {
    headers: { 'Api-Key': 'pc-test', 'X-Pinecone-Api-Version': '2026-07' },
  });
  expect(stats.status).toBe(404);
});
