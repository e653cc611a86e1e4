import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CustomerStuck, ProvisioningFailed, TenantProvisioned } from '@latchkey/contracts';
import { operatorToken } from '@latchkey/testing';
import { emails } from '../src/emails/registry.js';
import { startNotifierWorld, type NotifierWorld } from './notifier-world.js';

let notifier: NotifierWorld;
beforeAll(async () => {
  notifier = await startNotifierWorld();
}, 60_000);
afterAll(() => notifier.stop());

async function operator(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { ...(init.headers as object), authorization: `Bearer ${operatorToken}` };
  return fetch(`${notifier.service.url}/api/notifier/${path}`, { ...init, headers });
}

async function alertsOf(tenantId: string): Promise<{ kind: string; severity: string; text: string }[]> {
  const response = await operator(`alerts?tenant_id=${tenantId}`);
  return ((await response.json()) as { alerts: { kind: string; severity: string; text: string }[] }).alerts;
}

const opsSubjects = async () => (await notifier.inbox('ops@latchkey.example')).map((mail) => mail.subject);

/** Every act of an operator says why, and is kept. */
const because = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ reason: 'a spec asks for it' }),
};
const audited = (tenantId: string) =>
  notifier.service.sql<{ action: string; target: string; outcome: string }>(
    'select action, target, outcome from kit.operator_audit where tenant_id = $1 order by id',
    [tenantId],
  );

test('a mail SendGrid will never take is told to everybody and alerts ops, and nothing else stops', async () => {
  const { world } = notifier;
  await notifier.fault('tenant_refused', { type: 'status', status: 400 }, { times: 1 });
  await world.publish(TenantProvisioned, 'tenant_refused', TenantProvisioned.example);
  await world.drain();
  expect(await notifier.messages('tenant_refused')).toMatchObject([
    { template: 'welcome', state: 'failed', attempts: 1, reason: 'refused' },
    { template: 'email-failed-ops', state: 'sent' },
  ]);
  expect(await alertsOf('tenant_refused')).toMatchObject([{ kind: 'email_failed', severity: 'urgent' }]);
  expect(await opsSubjects()).toContain('A welcome mail failed for tenant_refused');
  const events = await world.events('tenant_refused');
  expect(events.filter(({ type }) => type === 'notifier.email-failed.v1')).toMatchObject([
    { data: { template: 'welcome', reason: 'refused' } },
  ]);
  // The workspace is as open as before: the notifier says nothing about provisioning.
  expect(events.filter(({ type }) => type.startsWith('provisioner.')).map(({ type }) => type)).toEqual([
    'provisioner.tenant-provisioned.v1',
  ]);

  await world.publish(TenantProvisioned, 'tenant_next', TenantProvisioned.example);
  await world.drain();
  expect(await notifier.messages('tenant_next')).toMatchObject([{ state: 'sent' }]);
});

test('an operator sends a failed mail again, once, and only a failed one', async () => {
  const [message] = await notifier.messages('tenant_refused');
  expect((await operator(`messages/${message?.id}/resend`, because)).status).toBe(202);
  await notifier.world.drain();
  expect((await notifier.messages('tenant_refused'))[0]).toMatchObject({ state: 'sent', attempts: 2 });
  expect(await notifier.inboxOf('tenant_refused')).toHaveLength(1);
  const again = await operator(`messages/${message?.id}/resend`, because);
  expect([again.status, await again.json()]).toMatchObject([409, { code: 'message_not_failed' }]);
  const unknown = await operator('messages/msg_unknown/resend', because);
  expect([unknown.status, await unknown.json()]).toMatchObject([404, { code: 'message_not_found' }]);
  const silent = await operator(`messages/${message?.id}/resend`, { ...because, body: '{}' });
  expect(silent.status).toBe(400);
  expect(await audited('tenant_refused')).toEqual([{ action: 'resend-email', target: message?.id, outcome: 'done' }]);
});

test('an outage is waited out for hours, with a word to ops, and then given up honestly', async () => {
  const { world } = notifier;
  await notifier.fault('tenant_outage', { type: 'status', status: 503 }, { times: 400 });
  await world.publish(TenantProvisioned, 'tenant_outage', TenantProvisioned.example);
  await notifier.until(
    'a few attempts',
    async () => ((await notifier.messages('tenant_outage'))[0]?.attempts ?? 0) >= 5,
  );
  expect((await notifier.messages('tenant_outage'))[0]).toMatchObject({ template: 'welcome', reason: null });
  const late = await notifier.service.sql(`select kind, tenant_id from alert where kind = 'emails_late'`);
  expect(late).toEqual([{ kind: 'emails_late', tenant_id: null }]);
  await world.advance(241 * 60_000);
  await notifier.until('the end', async () => (await notifier.messages('tenant_outage'))[0]?.state === 'failed');
  expect((await notifier.messages('tenant_outage'))[0]).toMatchObject({ reason: 'outage' });
  expect(await notifier.inboxOf('tenant_outage')).toHaveLength(0);
}, 20_000);

test('a refused key is our trouble: the mail waits, and ops are called at once', async () => {
  const { world, service } = notifier;
  await notifier.fault('tenant_key', { type: 'status', status: 401 }, { times: 2 });
  await world.publish(TenantProvisioned, 'tenant_key', TenantProvisioned.example);
  await notifier.until('the mail', async () => (await notifier.messages('tenant_key'))[0]?.state === 'sent');
  expect(await notifier.inboxOf('tenant_key')).toHaveLength(1);
  const alerts = await service.sql(`select severity from alert where kind = 'sendgrid_refuses_us'`);
  expect(alerts).toEqual([{ severity: 'urgent' }]);
});

test('a mail to ops that fails calls no further mail', async () => {
  const { world } = notifier;
  notifier.cards.set('tenant_ops', { status: 'provisioning_failed' });
  await notifier.fault('provisioning-failed-ops', { type: 'status', status: 400 }, { times: 1 });
  await world.publish(ProvisioningFailed, 'tenant_ops', { ...ProvisioningFailed.example, run_id: 'run_ops' });
  await world.drain();
  const messages = await notifier.messages('tenant_ops');
  expect(messages.map(({ template, state }) => `${template} ${state}`).toSorted()).toEqual([
    'provisioning-failed sent',
    'provisioning-failed-ops failed',
  ]);
  expect((await alertsOf('tenant_ops')).map(({ kind }) => kind).toSorted()).toEqual([
    'email_failed',
    'provisioning_failed',
  ]);
});

test('a failed provisioning opens one urgent ticket, however often it is told', async () => {
  const { world } = notifier;
  const failed = { ...ProvisioningFailed.example, run_id: 'run_ticket', attempts: 1 };
  notifier.cards.set('tenant_ticket', { status: 'provisioning_failed' });
  await world.publish(ProvisioningFailed, 'tenant_ticket', failed);
  await world.publish(ProvisioningFailed, 'tenant_ticket', failed);
  await world.publish(CustomerStuck, 'tenant_stuck', CustomerStuck.example);
  await world.publish(TenantProvisioned, 'tenant_rich', { ...TenantProvisioned.example, plan: 'enterprise' });
  await world.drain();
  const { tickets } = (await (await operator('tickets?open=true')).json()) as {
    tickets: { id: string; kind: string; severity: string; tenant_id: string }[];
  };
  const of = (tenantId: string) => tickets.filter(({ tenant_id }) => tenant_id === tenantId);
  expect(of('tenant_ticket')).toMatchObject([
    { kind: 'provisioning_failed', severity: 'urgent', text: expect.stringContaining(' after 1 attempt. ') },
  ]);
  expect(of('tenant_stuck')).toMatchObject([{ kind: 'customer_stuck', severity: 'warning' }]);
  expect(of('tenant_rich')).toMatchObject([{ kind: 'high_value_customer', severity: 'info' }]);
  const opened = (await world.events('tenant_ticket')).filter(({ type }) => type === 'notifier.ticket-opened.v1');
  expect(opened).toMatchObject([{ data: { ticket_id: of('tenant_ticket')[0]?.id, kind: 'provisioning_failed' } }]);

  const close = () => operator(`tickets/${of('tenant_ticket')[0]?.id}/close`, because);
  expect([(await close()).status, (await close()).status]).toEqual([204, 204]);
  expect(await (await operator('tickets?open=true&tenant_id=tenant_ticket')).json()).toEqual({ tickets: [] });
  expect((await audited('tenant_ticket')).map(({ outcome }) => outcome)).toEqual(['done', 'already']);
});

test('a mail that a bug keeps from being written ends failed and reported, not in limbo', async () => {
  const { world, service } = notifier;
  await service.sql(
    `insert into message (id, template, tenant_id, dedupe_key, fact_data, state, attempts, created_at, queued_at)
     values ('msg_bug', 'welcome', 'tenant_bug', 'welcome:tenant_bug', '{"plan":"of another time"}', 'queued', 0, now(), now())`,
  );
  await service.sql(
    `insert into pgboss.job (name, data, retry_limit) values ('send-email', '{"message_id":"msg_bug"}', 0)`,
  );
  await notifier.until('the end', async () => (await notifier.messages('tenant_bug'))[0]?.state === 'failed');
  await world.drain();
  expect(await alertsOf('tenant_bug')).toMatchObject([{ kind: 'email_failed', severity: 'urgent' }]);
  expect(await notifier.inboxOf('tenant_bug')).toEqual([]);
});

test('a mail waits while signup cannot be asked, and leaves when it can', async () => {
  const tenantId = 'tenant_patient';
  notifier.silence();
  await notifier.world.publish(TenantProvisioned, tenantId, TenantProvisioned.example);
  const waiting = `select 1 from message where tenant_id = $1 and state = 'queued' and next_attempt_at is not null`;
  await notifier.until('the wait', async () => (await notifier.service.sql(waiting, [tenantId])).length === 1);
  expect(await notifier.messages(tenantId)).toMatchObject([{ attempts: 0, reason: null }]);
  notifier.listen();
  await notifier.until('the mail', async () => (await notifier.messages(tenantId))[0]?.state === 'sent');
});

test.each(['messages', 'alerts', 'tickets'])('nobody reads %s without the operator’s token', async (list) => {
  for (const headers of [{}, { authorization: 'Bearer wrong' }]) {
    const answer = await fetch(`${notifier.service.url}/api/notifier/${list}`, { headers });
    expect([answer.status, await answer.json()]).toMatchObject([401, { code: 'operator_token_invalid' }]);
  }
});

test('an audit reads a tenant’s mails, a wrong filter gets a problem for its field', async () => {
  const list = (await (await operator('messages?tenant_id=tenant_next&template=welcome')).json()) as {
    messages: object[];
  };
  expect(list.messages).toMatchObject([{ template: 'welcome', tenant_id: 'tenant_next', state: 'sent' }]);
  const wrong = await operator('messages?limit=100000&colour=red');
  expect([wrong.status, await wrong.json()]).toMatchObject([400, { code: 'invalid_request' }]);
});

test('the gallery shows every mail with its score', async () => {
  const page = await (await fetch(`${notifier.service.url}/api/notifier/gallery`)).text();
  expect([...page.matchAll(/: 10 of 10<\/h2>/g)]).toHaveLength(emails.length);
});
