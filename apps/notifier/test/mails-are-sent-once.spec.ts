import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  ActivationCompleted,
  PaymentFailed,
  ProvisioningAbandoned,
  ProvisioningFailed,
  QuotaExceeded,
  SubscriptionCancelled,
  TenantProvisioned,
  TenantSignedUp,
  TenantSuspended,
  TrialEnding,
  VerificationRequested,
} from '@latchkey/contracts';
import { startNotifierWorld, type NotifierWorld } from './notifier-world.js';

let notifier: NotifierWorld;
beforeAll(async () => {
  notifier = await startNotifierWorld();
}, 60_000);
afterAll(() => notifier.stop());

const provisioned = TenantProvisioned.example;

test('entities and migrated schema agree', async () => {
  expect(await notifier.service.schemaDrift()).toBe('');
});

test('a redelivered tenant-provisioned sends one welcome, and so does a second run', async () => {
  const { world } = notifier;
  const id = await world.publish(TenantProvisioned, 'tenant_once', provisioned);
  await world.publish(TenantProvisioned, 'tenant_once', provisioned, id);
  await world.publish(TenantProvisioned, 'tenant_once', { ...provisioned, run_id: 'run_2' });
  await world.drain();
  const mails = await notifier.inboxOf('tenant_once');
  expect(mails.map((mail) => mail.subject)).toEqual(['Your Latchkey account is ready, Company of tenant_once']);
  expect(mails[0]).toMatchObject({ from: 'hello@latchkey.example', from_name: 'Alex from Latchkey' });
  expect(mails[0]?.categories).toEqual(['welcome']);
  expect(mails[0]?.custom_args).toEqual({
    message_key: (await notifier.messages('tenant_once'))[0]?.id,
    tenant_id: 'tenant_once',
    template: 'welcome',
  });
  expect(await notifier.messages('tenant_once')).toMatchObject([{ template: 'welcome', state: 'sent', attempts: 1 }]);
});

test('an answer lost after SendGrid took the mail does not double it: its events are the proof', async () => {
  const { world } = notifier;
  await notifier.fault('tenant_lost', { type: 'reset-after-commit' }, { times: 1 });
  await world.publish(TenantProvisioned, 'tenant_lost', provisioned);
  await notifier.until('the proof', async () => (await notifier.messages('tenant_lost'))[0]?.state === 'sent');
  await world.advance(121_000);
  await world.drain();
  expect(await notifier.inboxOf('tenant_lost')).toHaveLength(1);
  expect(await notifier.messages('tenant_lost')).toMatchObject([{ state: 'sent', attempts: 1 }]);
  expect((await world.eventTypes('tenant_lost')).filter((type) => type === 'notifier.email-sent.v1')).toHaveLength(1);
});

test('a connection lost before SendGrid took the mail is repeated, but only after the grace period', async () => {
  const { world } = notifier;
  await notifier.fault('tenant_never', { type: 'reset-before' }, { times: 1 });
  await world.publish(TenantProvisioned, 'tenant_never', provisioned);
  await notifier.until('the doubt', async () => (await notifier.messages('tenant_never'))[0]?.state === 'uncertain');
  await world.advance(60_000);
  await world.drain();
  expect(await notifier.inboxOf('tenant_never')).toHaveLength(0);
  await world.advance(61_000);
  await world.drain();
  expect(await notifier.inboxOf('tenant_never')).toHaveLength(1);
  expect(await notifier.messages('tenant_never')).toMatchObject([{ state: 'sent', attempts: 2 }]);
});

test.each([429, 500])('an answered %d is tried again at once and gives one mail', async (status) => {
  const tenantId = `tenant_${status}`;
  await notifier.fault(tenantId, { type: 'status', status }, { times: 2 });
  await notifier.world.publish(TenantProvisioned, tenantId, provisioned);
  await notifier.until('the mail', async () => (await notifier.messages(tenantId))[0]?.state === 'sent');
  expect(await notifier.inboxOf(tenantId)).toHaveLength(1);
  expect(await notifier.messages(tenantId)).toMatchObject([{ attempts: 3 }]);
});

test.each([
  ['comes back', 'tenant_killed', {}],
  [
    'is started anew from the dead jobs',
    'tenant_redriven',
    { mail: { template: 'welcome', tenant_id: 'tenant_redriven', fact_data: TenantProvisioned.example } },
  ],
])(
  'a mail whose process was killed after the call is resolved, not repeated, when its job %s',
  async (_how, tenantId, told) => {
    const { world, service } = notifier;
    await world.publish(TenantProvisioned, tenantId, provisioned);
    await notifier.until('the mail', async () => (await notifier.messages(tenantId))[0]?.state === 'sent');
    await world.drain();
    // What the killed process leaves behind: the claim is committed, the answer is not, and the job comes back.
    const [row] = await notifier.messages(tenantId);
    await service.sql(`update message set state = 'sending', sent_at = null where id = $1`, [row?.id]);
    await service.sql(`insert into pgboss.job (name, data) values ('send-email', $1)`, [
      JSON.stringify({ message_id: row?.id, ...told }),
    ]);
    await notifier.until('the doubt', async () => (await notifier.messages(tenantId))[0]?.state === 'uncertain');
    const proof = [{ event: 'processed', timestamp: 1_764_000_000, message_key: row?.id, email: 'x@example.com' }];
    expect((await notifier.postWebhook(proof)).status).toBe(204);
    await world.advance(121_000);
    await world.drain();
    expect(await notifier.inboxOf(tenantId)).toHaveLength(1);
    expect(await notifier.messages(tenantId)).toMatchObject([{ state: 'sent', attempts: 1 }]);
  },
);

test('the verification mail holds the code, and no event, row or job does', async () => {
  const { world, service } = notifier;
  notifier.codes.set('ver_code', { code: '739251', state: 'current' });
  await world.publish(TenantSignedUp, 'tenant_code', { ...TenantSignedUp.example, verification_id: 'ver_code' });
  await world.drain();
  const [mail, ...others] = await notifier.inboxOf('tenant_code');
  expect(others).toEqual([]);
  expect(mail?.subject).toContain('739251');
  expect(mail?.text).toContain('739251');
  expect(mail?.html).not.toContain('Company of');
  await notifier.until('the delivery', async () =>
    (await world.eventTypes('tenant_code')).includes('notifier.email-delivered.v1'),
  );
  expect(JSON.stringify(await world.events('tenant_code'))).not.toContain('739251');
  for (const table of ['message', 'delivery_event', 'kit.outbox', 'kit.inbox', 'pgboss.job', 'alert', 'ticket']) {
    const rows = JSON.stringify(await service.sql(`select to_jsonb(t) as row from ${table} t`));
    expect(rows).not.toContain('739251');
    expect(rows).not.toContain('@example.com');
  }
});

test('a code that was used or replaced meanwhile is not mailed', async () => {
  notifier.codes.set('ver_old', { code: '111111', state: 'obsolete' });
  await notifier.world.publish(VerificationRequested, 'tenant_old_code', { verification_id: 'ver_old' });
  await notifier.world.drain();
  expect(await notifier.inboxOf('tenant_old_code')).toEqual([]);
  expect(await notifier.messages('tenant_old_code')).toMatchObject([{ state: 'skipped', reason: 'obsolete' }]);
});

test('a code mail of unknown outcome is repeated at once, because the same code twice does no harm', async () => {
  notifier.codes.set('ver_twice', { code: '222222', state: 'current' });
  await notifier.fault('tenant_twice', { type: 'reset-before' }, { times: 1 });
  await notifier.world.publish(VerificationRequested, 'tenant_twice', { verification_id: 'ver_twice' });
  await notifier.until('the code', async () => (await notifier.inboxOf('tenant_twice')).length === 1);
});

test('each fact brings its mail to whom it concerns', async () => {
  const { world } = notifier;
  notifier.cards.set('tenant_failed', { status: 'provisioning_failed' });
  notifier.cards.set('tenant_paused', { status: 'suspended' });
  await Promise.all([
    world.publish(TenantSuspended, 'tenant_paused', { reason: 'payment_failed' }),
    world.publish(SubscriptionCancelled, 'tenant_left', { reason: 'customer', refunded_cents: 0 }),
    world.publish(SubscriptionCancelled, 'tenant_doubled', { reason: 'duplicate', refunded_cents: 4_900 }),
    world.publish(QuotaExceeded, 'tenant_busy', QuotaExceeded.example),
    world.publish(ActivationCompleted, 'tenant_active', ActivationCompleted.example),
    world.publish(TrialEnding, 'tenant_trial', TrialEnding.example),
    world.publish(PaymentFailed, 'tenant_card', PaymentFailed.example),
    world.publish(ProvisioningFailed, 'tenant_failed', ProvisioningFailed.example),
  ]);
  await world.drain();
  const subjects = async (tenantId: string) => (await notifier.inboxOf(tenantId)).map((mail) => mail.subject);
  expect(await subjects('tenant_active')).toEqual(['Company of tenant_active: Latchkey answers from your documents']);
  expect(await subjects('tenant_trial')).toEqual(['Your Latchkey trial ends on December 7, 2026']);
  expect(await subjects('tenant_card')).toEqual(['We could not charge your card for Latchkey']);
  expect(await subjects('tenant_paused')).toEqual(['Company of tenant_paused: your Latchkey account is paused']);
  expect(await subjects('tenant_left')).toEqual(['Your Latchkey subscription has ended']);
  expect(await subjects('tenant_doubled')).toEqual([]);
  expect(await subjects('tenant_busy')).toEqual(['Your Latchkey plan’s number of questions is reached']);
  expect(await subjects('tenant_failed')).toEqual(['Company of tenant_failed: your Latchkey setup did not finish']);
  const ops = (await notifier.inbox('ops@latchkey.example')).map((mail) => mail.subject);
  expect(ops).toContain('Provisioning failed for tenant_failed at sample-documents');
});

test('news that is worth nothing late brings no mail a day later', async () => {
  const { world } = notifier;
  const dayAgo = new Date(world.clock.nowMs() - 86_400_001).toISOString();
  await world.publish(QuotaExceeded, 'tenant_long_ago', QuotaExceeded.example, undefined, dayAgo);
  await world.drain();
  expect(await notifier.messages('tenant_long_ago')).toEqual([]);
});

test('a mail that is no longer true when its turn comes is left out', async () => {
  notifier.cards.set('tenant_gone', { status: 'cancelled' });
  await notifier.world.publish(TrialEnding, 'tenant_gone', TrialEnding.example);
  await notifier.world.drain();
  expect(await notifier.inboxOf('tenant_gone')).toEqual([]);
  expect(await notifier.messages('tenant_gone')).toMatchObject([{ state: 'skipped', reason: 'no_longer_true' }]);
});

test('a mail to an address that nobody has proved says nothing that a stranger typed', async () => {
  const { world } = notifier;
  const company_name = 'You have won: evil.example';
  const facts = { company_name, status: 'provisioning_failed' as const };
  for (const [tenantId, email_verified] of [
    ['tenant_unproved', false],
    ['tenant_proved', true],
  ] as const) {
    notifier.cards.set(tenantId, { ...facts, email_verified });
    await world.publish(ProvisioningAbandoned, tenantId, { generation: 1, because: 'not_verified' });
  }
  await world.drain();
  const [unproved, proved] = [await notifier.inboxOf('tenant_unproved'), await notifier.inboxOf('tenant_proved')];
  expect(JSON.stringify(proved)).toContain('evil.example');
  expect(unproved.map(({ subject }) => subject)).toEqual(['Your Latchkey setup did not finish']);
  expect(JSON.stringify(unproved)).not.toContain('evil.example');
});
