import { owners, streamOf } from '@latchkey/contracts';
import { expect, test } from '@jest/globals';
import type { Evidence } from '../evidence.js';
import type { Effect } from '../sandbox.js';
import { invariants } from './index.js';

let seq = 0;
const effect = (kind: string, key: string, detail: Record<string, unknown> = {}): Effect => {
  seq += 1;
  return { seq, at: new Date(1_800_000_000_000 + seq * 1_000).toISOString(), kind, key, detail };
};

const mail = (template: string) => effect('mail.sent', 'key', { template, tenant_id: 'tenant_a' });

/** One tenant that signed up, paid, was provisioned and welcomed; every event went everywhere. */
function healthy(): Evidence {
  seq = 0;
  const effects = [
    effect('customer.created', 'tenant_a'),
    effect('session.completed', 'tenant_a', { id: 'cs_1' }),
    effect('subscription.created', 'tenant_a'),
    effect('namespace.created', 'tenant_a'),
    mail('welcome'),
  ];
  const events = ['e1', 'e2'].map((id, index) => ({
    id,
    seq: index + 1,
    type: `signup.${id}.v1`,
    tenant_id: 'tenant_a',
    message_id: null,
    published: true,
  }));
  return {
    told: [
      {
        number: 1,
        behaviour: 'happy',
        email: 'a@customers.example',
        tenantIds: ['tenant_a'],
        outcome: 'active',
        reason: null,
        verified: true,
        keys: [],
        documents: ['doc_1'],
      },
    ],
    tenants: new Map([
      [
        'tenant_a',
        { id: 'tenant_a', status: 'active', email_verified_at: 'then', paid_at: 'then', compensated_at: null },
      ],
    ]),
    effects,
    webhooks: [
      {
        id: 'w1',
        event: 'evt_1',
        type: 'checkout.session.completed',
        state: 'delivered',
        attempts: [{ at: '', status: 200, error: null }],
      },
      { id: 'w2', event: 'evt_2', type: 'checkout.session.completed', state: 'lost', attempts: [] },
    ],
    stripeEvents: new Map([['evt_1', 'applied']]),
    checkouts: [{ tenant_id: 'tenant_a', session_id: 'cs_1', state: 'completed' }],
    subscriptions: [{ id: 'sub_1', tenant_id: 'tenant_a', ended: false }],
    runs: [{ tenant_id: 'tenant_a', state: 'done', namespace: 'tenant_a', finishedAtMs: Date.parse(effects[3]!.at) }],
    runtimes: new Map([['tenant_a', { state: 'open', namespace: 'tenant_a' }]]),
    liveKeys: new Map([['tenant_a', 1]]),
    documents: [{ id: 'doc_1', tenant_id: 'tenant_a' }],
    tickets: [],
    outbox: new Map(owners.map((owner) => [owner, owner === 'signup' ? events : []])),
    listens: new Map(owners.map((owner) => [owner, new Set(owner === 'notifier' ? ['signup.e1.v1'] : [])])),
    taken: new Map(owners.map((owner) => [owner, new Set(owner === 'analytics' ? ['e1', 'e2'] : ['e1'])])),
    deadLetters: [],
    stream: events.map(({ id, type }, index) => ({
      stream: streamOf('signup'),
      seq: index + 1,
      id,
      type,
      tenantId: 'tenant_a',
    })),
    vectors: new Map([['tenant_a', ['sample_1', 'sample_2', 'sample_3', 'doc_1#0']]]),
    busWiped: true,
    databaseRestarted: true,
  };
}

/** A second tenant whose provisioning failed and was undone. */
function withFailed(evidence: Evidence): Evidence {
  const row = {
    id: 'tenant_b',
    status: 'provisioning_failed',
    email_verified_at: 'then',
    paid_at: 'then',
    compensated_at: 'then',
  };
  evidence.tenants.set('tenant_b', row);
  evidence.effects.push(
    effect('session.completed', 'tenant_b', { id: 'cs_2' }),
    effect('subscription.created', 'tenant_b'),
  );
  evidence.effects.push(effect('subscription.canceled', 'tenant_b'));
  evidence.checkouts.push({ tenant_id: 'tenant_b', session_id: 'cs_2', state: 'completed' });
  evidence.tickets.push({ tenant_id: 'tenant_b', kind: 'provisioning_failed' });
  return evidence;
}

const broken = (evidence: Evidence) =>
  invariants.flatMap(({ id, check }) => check(evidence).violations.map(({ text }) => `${id} ${text}`));

test('a world in order breaks no promise, and every promise was looked at', () => {
  const evidence = withFailed(healthy());
  expect(broken(evidence)).toEqual([]);
  for (const { id, check } of invariants) expect([id, check(evidence).checked]).not.toEqual([id, 0]);
});

const planted: [string, string, (evidence: Evidence) => void][] = [
  ['I-1', 'a payer who is nobody', (e) => e.effects.push(effect('session.completed', 'tenant_x'))],
  ['I-1', 'paid and forgotten', (e) => (e.tenants.get('tenant_a')!.status = 'pending_payment')],
  ['I-1', 'compensated and nobody told', (e) => (e.tickets.length = 0)],
  ['I-1', 'active without a subscription', (e) => e.effects.push(effect('subscription.canceled', 'tenant_a'))],
  [
    'I-2',
    'active and refunded',
    (e) => e.effects.push(effect('refund.created', 'tenant_a', { charge: 'ch_1', cents: 5 })),
  ],
  [
    'I-2',
    'compensated and the charge kept',
    (e) => e.effects.push(effect('charge.succeeded', 'tenant_b', { id: 'ch', cents: 5 })),
  ],
  [
    'I-2',
    'half refunded',
    (e) =>
      e.effects.push(
        effect('charge.succeeded', 'tenant_b', { id: 'ch', cents: 5 }),
        effect('refund.created', 'tenant_b', { charge: 'ch', cents: 4 }),
      ),
  ],
  ['I-3', 'two subscriptions', (e) => e.effects.push(effect('subscription.created', 'tenant_a'))],
  ['I-3', 'two tenants for one address', (e) => e.told[0]!.tenantIds.push('tenant_b')],
  ['I-4', 'provisioned and never paid', (e) => e.runs.push({ ...e.runs[0]!, tenant_id: 'tenant_c' })],
  ['I-4', 'a namespace before the payment', (e) => (e.effects[3]!.seq = 0)],
  [
    'I-5',
    'billing believes in one too many',
    (e) => e.subscriptions.push({ id: 'sub_2', tenant_id: 'tenant_a', ended: false }),
  ],
  ['I-6', 'accepted and not stored', (e) => e.stripeEvents.clear()],
  ['I-8', 'a lost payment', (e) => (e.checkouts[0]!.state = 'open')],
  ['I-9', 'an event of no commit', (e) => (e.stream[0]!.id = 'ghost')],
  ['I-10', 'not published', (e) => (e.outbox.get('signup')![0]!.published = false)],
  ['I-10', 'not taken', (e) => e.taken.get('notifier')!.clear()],
  [
    'I-10',
    'a dead letter',
    (e) => e.deadLetters.push({ service: 'notifier', event_id: 'e1', tenant_id: 'tenant_a', reason: 'why' }),
  ],
  ['I-11', 'overtaken', (e) => ([e.stream[0]!.seq, e.stream[1]!.seq] = [2, 1])],
  ['I-13', 'not filled again', (e) => e.stream.pop()],
  ['I-16', 'welcomed twice', (e) => e.effects.push(mail('welcome'))],
  ['I-16', 'never welcomed', (e) => e.effects.splice(4, 1)],
  ['I-16', 'welcomed too early', (e) => (e.runs[0]!.finishedAtMs! += 60_000)],
  ['I-18', 'a sample is missing', (e) => e.vectors.get('tenant_a')!.shift()],
  ['I-18', 'a vector of nobody', (e) => e.vectors.get('tenant_a')!.push('doc_9#0')],
  ['I-19', 'vectors are left', (e) => e.vectors.set('tenant_b', ['sample_1'])],
  ['I-19', 'a key still works', (e) => e.liveKeys.set('tenant_b', 1)],
  ['I-20', 'left in between', (e) => (e.tenants.get('tenant_a')!.status = 'provisioning')],
  ['I-26', 'an acknowledged document is gone', (e) => (e.documents.length = 0)],
];

test.each(planted)('%s sees it: %s', (id, _what, plant) => {
  const evidence = withFailed(healthy());
  plant(evidence);
  expect(broken(evidence).map((text) => text.split(' ')[0])).toContain(id);
});

test('whoever was given up by a decision counts as alerted, as one whose run failed does', () => {
  const evidence = withFailed(healthy());
  evidence.tickets[0]!.kind = 'provisioning_abandoned';
  expect(broken(evidence)).toEqual([]);
});

test('two mails to one tenant may overtake each other, the facts of one mail may not', () => {
  const evidence = withFailed(healthy());
  [evidence.stream[0]!.seq, evidence.stream[1]!.seq] = [2, 1];
  for (const row of evidence.outbox.get('signup')!) row.message_id = row.id;
  expect(broken(evidence)).toEqual([]);
  for (const row of evidence.outbox.get('signup')!) row.message_id = 'one mail';
  expect(broken(evidence)).toHaveLength(1);
});
