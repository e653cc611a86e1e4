import { describe, expect, test } from '@jest/globals';
import type { Evidence } from './evidence.js';
import { Ledger, type LedgerEntry } from './ledger.js';
import { effects, judge, sharedNamespaces, type Effect } from './verdict.js';

const tenantId = 'tenant_a';
const mail = (template: string): LedgerEntry => ({
  kind: 'mail.sent',
  key: `msg_${template}`,
  detail: { template, tenant_id: tenantId },
});
const entry = (kind: string, key = tenantId): LedgerEntry => ({ kind, key, detail: {} });

/** The ledger of a story that went well, in a warm workspace. */
const good = [
  entry('customer.created'),
  entry('subscription.created'),
  entry('namespace.created', 'warm_1'),
  mail('verification-code'),
  mail('welcome'),
  mail('activation-complete'),
];
const goodEvidence: Evidence = {
  namespaces: [tenantId, 'warm_1'],
  runningSubscriptions: 1,
  openings: 1,
  activationsCounted: 1,
  mailsOnTheirWay: 0,
};
const activated = { tenantId, outcome: 'activated' as const, seen: { firstKeys: 1, quotaPeriods: 1 } };

/** The ledger of one that was undone in full. */
const undone = [
  entry('customer.created'),
  entry('subscription.created'),
  entry('subscription.canceled'),
  entry('namespace.created', 'warm_1'),
  entry('namespace.deleted', 'warm_1'),
  mail('verification-code'),
  mail('provisioning-failed'),
];
const undoneEvidence: Evidence = { ...goodEvidence, runningSubscriptions: 0, openings: 1, activationsCounted: 0 };
const compensated = { tenantId, outcome: 'compensated' as const, seen: null };

const verdicts = (journey: Parameters<typeof judge>[0], evidence: Evidence, entries: LedgerEntry[]) =>
  judge(journey, evidence, new Ledger(entries)).map(({ effect, verdict }) => `${effect} ${verdict}`);

describe('an activated tenant', () => {
  test('with each effect once has no findings', () => {
    expect(verdicts(activated, goodEvidence, good)).toEqual([]);
  });

  const inLedger: [Effect, LedgerEntry][] = [
    ['customer', entry('customer.created')],
    ['subscription', entry('subscription.created')],
    ['namespace', entry('namespace.created', 'warm_1')],
    ['welcome_mail', mail('welcome')],
    ['activation_mail', mail('activation-complete')],
  ];

  test.each(inLedger)('is found out when its %s is missing from the ledger', (effect, { kind, detail }) => {
    const without = good.filter((each) => each.kind !== kind || each.detail['template'] !== detail['template']);
    expect(verdicts(activated, goodEvidence, without)).toEqual([`${effect} missing`]);
  });

  test.each(inLedger)('is found out when the ledger has a second %s', (effect, second) => {
    // A duplicate row of the notifier sends a mail with a key of its own.
    const copy = second.kind === 'mail.sent' ? { ...second, key: 'msg_other' } : second;
    expect(verdicts(activated, goodEvidence, [...good, copy])).toEqual([`${effect} doubled`]);
  });

  test.each<[Effect, Partial<Evidence>, Partial<Evidence>]>([
    ['running_subscription', { runningSubscriptions: 0 }, { runningSubscriptions: 2 }],
    ['workspace_opening', { openings: 0 }, { openings: 2 }],
  ])('is found out when the services tell of none or two: %s', (effect, none, two) => {
    expect(verdicts(activated, { ...goodEvidence, ...none }, good)).toEqual([`${effect} missing`]);
    expect(verdicts(activated, { ...goodEvidence, ...two }, good)).toEqual([`${effect} doubled`]);
  });

  test('who was not counted is found out', () => {
    const uncounted = { ...goodEvidence, activationsCounted: 0 };
    expect(verdicts(activated, uncounted, good)).toEqual(['counted_activation missing']);
  });

  test('is found out when the stranger saw no key, two keys or two quota periods', () => {
    const seeing = (firstKeys: number, quotaPeriods: number) =>
      verdicts({ ...activated, seen: { firstKeys, quotaPeriods } }, goodEvidence, good);
    expect(seeing(0, 1)).toEqual(['first_key missing']);
    expect(seeing(2, 1)).toEqual(['first_key doubled']);
    expect(seeing(1, 2)).toEqual(['quota_period doubled']);
  });

  test('who keeps a warm and a cold namespace has two', () => {
    const leak = [...good, entry('namespace.created', tenantId)];
    expect(verdicts(activated, goodEvidence, leak)).toEqual(['namespace doubled']);
  });

  test('who was told of a failure as well is found out', () => {
    expect(verdicts(activated, goodEvidence, [...good, mail('provisioning-failed')])).toEqual(['failure_mail doubled']);
  });

  test('is not charged with the effects of another tenant', () => {
    const others = [
      entry('customer.created', 'tenant_b'),
      entry('namespace.created', 'warm_2'),
      { ...mail('welcome'), detail: { template: 'welcome', tenant_id: 'tenant_b' } },
    ];
    expect(verdicts(activated, goodEvidence, [...good, ...others])).toEqual([]);
  });
});

describe('a compensated tenant', () => {
  test('of whom nothing is left has no findings', () => {
    expect(verdicts(compensated, undoneEvidence, undone)).toEqual([]);
  });

  test('whose subscription runs on is found out by the ledger and by billing', () => {
    const running = undone.filter(({ kind }) => kind !== 'subscription.canceled');
    expect(verdicts(compensated, undoneEvidence, running)).toEqual(['cancellation missing']);
    const believed = { ...undoneEvidence, runningSubscriptions: 1 };
    expect(verdicts(compensated, believed, undone)).toEqual(['running_subscription doubled']);
  });

  test('whose namespace lives on is found out', () => {
    const alive = undone.filter(({ kind }) => kind !== 'namespace.deleted');
    expect(verdicts(compensated, undoneEvidence, alive)).toEqual(['namespace doubled']);
  });

  test('who was not told, was told twice, or was welcomed is found out', () => {
    const untold = undone.filter(({ detail }) => detail['template'] !== 'provisioning-failed');
    expect(verdicts(compensated, undoneEvidence, untold)).toEqual(['failure_mail missing']);
    const twice = [...undone, { ...mail('provisioning-failed'), key: 'msg_other' }];
    expect(verdicts(compensated, undoneEvidence, twice)).toEqual(['failure_mail doubled']);
    expect(verdicts(compensated, undoneEvidence, [...undone, mail('welcome')])).toEqual(['welcome_mail doubled']);
  });
});

test('of a lost tenant nothing is required, and still nothing may have happened twice', () => {
  const lost = { tenantId, outcome: 'lost' as const, seen: null };
  const nothing = { ...undoneEvidence, openings: 0 };
  expect(verdicts(lost, nothing, [])).toEqual([]);
  expect(verdicts(lost, nothing, [entry('customer.created'), entry('customer.created')])).toEqual(['customer doubled']);
});

test('a namespace that two tenants were given is laid to both', () => {
  const of = (...namespaces: string[]): Evidence => ({ ...goodEvidence, namespaces });
  const evidence = new Map([
    ['tenant_a', of('tenant_a', 'warm_1')],
    ['tenant_b', of('tenant_b', 'warm_1')],
    ['tenant_c', of('tenant_c', 'warm_2')],
  ]);
  expect(sharedNamespaces(evidence)).toEqual(['tenant_a', 'tenant_b']);
});

test('every effect of an activated tenant is one that the report can name', () => {
  const nothing = judge(activated, { ...goodEvidence, namespaces: [], openings: 0 }, new Ledger([]));
  for (const { effect } of nothing) expect(effects[effect]).toBeTruthy();
});
