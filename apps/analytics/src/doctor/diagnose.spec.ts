import { expect, test } from '@jest/globals';
import { Diagnosis } from '@latchkey/contracts';
import { diagnose } from './diagnose.js';
import type { TenantFacts } from './facts.js';

const at = '2026-11-24T10:00:00.000Z';
const dead_letters = { count: 0, oldest_reason: null };

/** A customer with whom all is well: active, welcomed, answered. Each case says only what is different. */
const well = {
  signup: {
    tenant: {
      status: 'active',
      plan: 'starter',
      signed_up_at: at,
      email_verified_at: at,
      paid_at: at,
      cleared_at: at,
      provisioned_at: at,
      provisioning_error: null,
      compensated_at: null,
      refunded_cents: null,
      first_query_attempted_at: at,
      first_query_at: at,
      first_document_at: at,
      activation_completed_at: at,
    },
    dead_letters,
  },
  'billing-webhooks': {
    checkout: { state: 'completed', completed_at: at, last_error: null },
    stripe: { asked: 'not_needed', paid: null, detail: null },
    stripe_events: { received: 2, waiting: 0, dead: 0, dead_reason: null, last_received_at: at },
    subscription: { status: 'trialing', ended_at: null, end_reason: null },
    dead_letters,
  },
  provisioner: {
    run: {
      run_id: 'run_1',
      state: 'done',
      step: null,
      step_state: null,
      attempts: 0,
      last_error: null,
      failure_reason: null,
      next_attempt_at: null,
      deadline_at: at,
      finished_at: at,
    },
    pinecone: {
      asked: 'answered',
      namespace: 'ns',
      exists: true,
      samples_present: 3,
      samples_expected: 3,
      sample_question_finds_its_answer: true,
      detail: '3 records',
    },
    dead_letters,
  },
  workspace: {
    workspace: {
      state: 'open',
      suspended_for: null,
      living_keys: 1,
      questions_answered: 2,
      questions_failed: 0,
      failed_in_a_row: 0,
      last_failure: null,
      documents_indexed: 1,
      documents_rejected: 0,
      last_rejection: null,
    },
    dead_letters,
  },
  notifier: {
    welcome: {
      message_id: 'msg_1',
      state: 'sent',
      reason: null,
      attempts: 1,
      created_at: at,
      sent_at: at,
      delivered_at: at,
      opened_at: at,
      bounced_at: null,
      bounced_as: null,
    },
    verification: null,
    dead_letters,
  },
  funnel: { last_stage: 'completed_activation', last_stage_at: at, stuck: [], dead_letters },
} as const satisfies TenantFacts;

type Change = { [Owner in keyof TenantFacts]?: null | object };

/** The healthy facts, with members of each owner's reply (and of their members) replaced. */
function facts(change: Change = {}): TenantFacts {
  const merge = (from: unknown, to: unknown): unknown => {
    if (typeof to !== 'object' || to === null || Array.isArray(to)) return to;
    const base = (from ?? {}) as Record<string, unknown>;
    return {
      ...base,
      ...Object.fromEntries(Object.entries(to).map(([key, value]) => [key, merge(base[key], value)])),
    };
  };
  return merge(well, change) as TenantFacts;
}
const see = (change?: Change) => Diagnosis.parse(diagnose('tenant_1', facts(change), new Date(at)));
const stateOf = (change: Change, name: string) => see(change).checks.find((check) => check.name === name)?.state;

const tenant = (change: object) => ({ signup: { tenant: change } });
const newcomer = {
  first_query_attempted_at: null,
  first_query_at: null,
  first_document_at: null,
  activation_completed_at: null,
};
const provisioning = { status: 'provisioning', provisioned_at: null, ...newcomer };
const stuckRun = {
  state: 'retrying',
  step: 'sample-documents',
  step_state: 'retrying',
  attempts: 2,
  last_error: 'pinecone upsert: outage (503)',
};

test('a customer with whom all is well is said to be well, and nothing is offered', () => {
  expect(see()).toMatchObject({ healthy: true, code: 'activated', actions: [] });
  expect(see().checks.map(({ state }) => state)).toEqual(Array(8).fill('ok'));
});

test.each<[string, Change, string]>([
  ['F1: Pinecone is away', { ...tenant(provisioning), provisioner: { run: stuckRun } }, 'provisioning_stuck'],
  [
    'F1: given up and paid back',
    {
      ...tenant({ status: 'provisioning_failed', compensated_at: at, refunded_cents: 0 }),
      provisioner: { run: { ...stuckRun, state: 'failed' } },
    },
    'failed_and_compensated',
  ],
  [
    'F1: given up and not paid back',
    { ...tenant({ status: 'provisioning_failed' }), provisioner: { run: { ...stuckRun, state: 'failed' } } },
    'failed_not_compensated',
  ],
  ['F2: left in the wizard', { ...tenant(newcomer), funnel: { stuck: ['in_wizard'] } }, 'wizard_left'],
  [
    'F3: written, not searchable, while provisioning',
    { ...tenant(provisioning), provisioner: { run: { ...stuckRun, step: 'samples-searchable' } } },
    'samples_not_searchable',
  ],
  ['F3: active without samples', { provisioner: { pinecone: { samples_present: 0 } } }, 'samples_missing'],
  [
    'F3: active, and the first question finds nothing',
    { provisioner: { pinecone: { sample_question_finds_its_answer: false } } },
    'samples_not_searchable',
  ],
  [
    'F4: questions fail',
    {
      workspace: {
        workspace: { questions_answered: 0, questions_failed: 3, failed_in_a_row: 3, last_failure: 'openai' },
      },
    },
    'questions_fail',
  ],
  ['F5: called spam', { ...tenant(newcomer), notifier: { welcome: { bounced_as: 'spam_report' } } }, 'welcome_spam'],
  ['F5: bounced', { ...tenant(newcomer), notifier: { welcome: { bounced_as: 'bounce' } } }, 'welcome_bounced'],
  ['F5: never opened', { ...tenant(newcomer), notifier: { welcome: { opened_at: null } } }, 'welcome_unopened'],
  [
    'paid, and Stripe’s webhook never came',
    {
      ...tenant({ status: 'pending_payment', paid_at: null, cleared_at: null }),
      'billing-webhooks': { checkout: { state: 'open' }, stripe: { asked: 'answered', paid: true } },
    },
    'paid_unheard',
  ],
  [
    'a Stripe event that could not be applied',
    {
      ...tenant({ status: 'pending_payment', paid_at: null }),
      'billing-webhooks': { stripe_events: { dead: 1, dead_reason: 'unknown_tenant' } },
    },
    'stripe_event_dead',
  ],
  [
    'simply not paid',
    {
      ...tenant({ status: 'pending_payment', paid_at: null }),
      'billing-webhooks': { checkout: { state: 'open' }, stripe: { asked: 'answered', paid: false } },
    },
    'not_paid_yet',
  ],
  [
    'the code’s mail came back',
    {
      ...tenant({ status: 'pending_payment', email_verified_at: null }),
      notifier: { verification: { ...well.notifier.welcome, bounced_as: 'bounce' } },
    },
    'code_not_delivered',
  ],
  ['the provisioner is silent', { ...tenant(provisioning), provisioner: null }, 'provisioner_silent'],
  ['cleared, but no run', { ...tenant(provisioning), provisioner: { run: null } }, 'not_cleared'],
  [
    'nobody answers',
    { signup: null, 'billing-webhooks': null, provisioner: null, workspace: null, notifier: null },
    'nobody_answers',
  ],
])('%s', (_what, change, code) => {
  expect(see(change)).toMatchObject({ code });
});

test('an owner that is silent is a finding, and what it would have told is unknown, never ok', () => {
  const silent = { provisioner: null, workspace: null };
  for (const name of ['run', 'namespace', 'samples', 'dead_letters']) expect(stateOf(silent, name)).toBe('unknown');
  expect(see({ ...tenant(provisioning), ...silent }).cause).toBe(
    'The provisioner is not answering: the tenant waits for its workspace until it is back.',
  );
});

test('a dead letter is named as the reason why something never arrived, and can be redriven at its owner', () => {
  const dead = {
    ...tenant(provisioning),
    provisioner: { run: null, dead_letters: { count: 2, oldest_reason: 'tenant-cleared: no such plan' } },
  };
  expect(see(dead).cause).toContain('provisioner gave it up (tenant-cleared: no such plan)');
  expect(see(dead).actions).toEqual([
    expect.objectContaining({ name: 'redrive-dead-letters', service: 'provisioner', body: { tenant_id: 'tenant_1' } }),
  ]);
});

test('only what is safe in this state is offered', () => {
  const names = (change: Change) => see(change).actions.map(({ name }) => name);
  expect(names({ ...tenant(provisioning), provisioner: { run: stuckRun } })).toEqual(['resume', 'compensate']);
  const failed = { provisioner: { run: { ...stuckRun, state: 'failed' } } };
  expect(names({ ...tenant({ status: 'provisioning_failed' }), ...failed })).toEqual(['retry']);
  // The money is back: provisioning now would give the product away.
  expect(names({ ...tenant({ status: 'provisioning_failed', compensated_at: at }), ...failed })).toEqual([]);
  expect(names({ notifier: { welcome: { state: 'failed' } } })).toEqual(['resend-welcome']);
  expect(names({ 'billing-webhooks': { checkout: { state: 'open' } } })).toEqual(['reconcile-payment']);
});
