import { owners, subjectOf, TenantSignedUp } from '@latchkey/contracts';
import { declaredCrashPoints } from '@latchkey/shared/crash';
import { createHmac, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { publishRaw, readStreams, replayEvents } from './bus.js';
import { tenantOf } from './evidence.js';
import type { FaultClass } from './faults.js';
import type { Verdict, Violation } from './invariants/invariant.js';
import type { Sandbox } from './sandbox.js';
import type { System } from './system.js';
import type { Told } from './visitor.js';

export interface ScenarioWorld {
  system: System;
  sandbox: Sandbox;
  told: Told[];
  /** How long NATS stands still where a scenario takes it away. */
  natsAwayMs: number;
  /** Waits for rest; answers with what is still moving when time is up. */
  atRest: () => Promise<string[]>;
}

/** Part of a run that makes its own situation instead of looking at what the strangers left. */
export interface Scenario {
  id: string;
  sentence: string;
  run(world: ScenarioWorld): Promise<Verdict>;
}

const replayedMax = 200;

export const tamperedWebhooks: Scenario = {
  id: 'I-7',
  sentence: 'A webhook with a wrong signature, another body or an old time is refused and leaves nothing',
  run: async ({ system }) => {
    const secret = system.secrets['stripeWebhookSecret']!;
    const now = Math.floor(Date.now() / 1_000);
    const sign = (body: string, key: string, time: number) =>
      `t=${time},v1=${createHmac('sha256', key).update(`${time}.${body}`).digest('hex')}`;
    const bodyOf = (id: string) => JSON.stringify({ id, object: 'event', type: 'invoice.paid', data: { object: {} } });
    const cases: [string, (body: string) => { body: string; signature: string }][] = [
      ['another key', (body) => ({ body, signature: sign(body, `not ${secret}`, now) })],
      ['one byte more', (body) => ({ body: `${body} `, signature: sign(body, secret, now) })],
      ['one byte less', (body) => ({ body: body.slice(0, -1), signature: sign(body, secret, now) })],
      ['a time 301 s ago', (body) => ({ body, signature: sign(body, secret, now - 301) })],
      ['no signature', (body) => ({ body, signature: '' })],
    ];
    const violations: Violation[] = [];
    for (const [what, make] of cases) {
      const id = `evt_chaos_${what.replaceAll(' ', '_')}_${now}`;
      const { body, signature } = make(bodyOf(id));
      const { status } = await fetch(`${system.url('billing-webhooks')}/stripe-webhook`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'stripe-signature': signature },
        body,
        signal: AbortSignal.timeout(10_000),
      });
      const rows = await system.sql('billing-webhooks', 'select 1 from stripe_event where id = $1', [id]);
      if (status !== 400 || rows.length > 0)
        violations.push({ tenant_id: null, text: `${what}: answered ${status}, ${rows.length} rows stored` });
    }
    return { checked: cases.length, violations };
  },
};

export const lateRepetitions: Scenario = {
  id: 'I-14',
  sentence: 'Events and webhooks that come once more, past every dedupe window, have no second effect',
  run: async ({ system, sandbox, told, atRest }) => {
    const mine = new Set(told.flatMap(({ tenantIds }) => tenantIds));
    const before = (await sandbox.effects()).length;
    const events = (await readStreams(system.natsUrl)).filter(({ tenantId }) => mine.has(tenantId)).slice(-replayedMax);
    const replayed = await replayEvents(system.natsUrl, events);
    const webhooks = [...new Set((await sandbox.webhooks()).map(({ event }) => event))].slice(-replayedMax);
    for (const event of webhooks) await sandbox.resendWebhook(event);
    await atRest();
    // The warm pool goes on with its own work meanwhile; only effects on these tenants are second ones.
    const second = (await sandbox.effects()).slice(before).filter((effect) => mine.has(tenantOf(effect)));
    return {
      checked: replayed + webhooks.length,
      violations: second.map(({ kind, key }) => ({ tenant_id: key, text: `a repetition led to ${kind}` })),
    };
  },
};

const signupsPerHalf = 10;
const delayMaxMs = 1_000;

export const poisonStepsAside: Scenario = {
  id: 'I-12',
  sentence:
    'A poisoned event among good ones becomes a dead letter with its reason at every listener, and delays the others by less than a second',
  run: async ({ system, atRest }) => {
    const before = await typicalDelay(system, await signUpMany(system), atRest);
    const id = randomUUID();
    const tenant = `tenant_poison_${id.slice(0, 8)}`;
    await publishRaw(system.natsUrl, subjectOf(TenantSignedUp, tenant), '{"poison":true}', {
      'ce-id': id,
      'ce-type': TenantSignedUp.type,
      'ce-source': TenantSignedUp.owner,
      'ce-subject': tenant,
      'ce-time': new Date().toISOString(),
    });
    const behind = await typicalDelay(system, await signUpMany(system), atRest);
    const violations: Violation[] = [];
    const moving = await atRest();
    for (const what of moving) violations.push({ tenant_id: tenant, text: `still moving: ${what}` });
    // Compared with those before it, so that a slow machine is not taken for a delay.
    if (!(behind.ms - before.ms < delayMaxMs))
      violations.push({
        tenant_id: tenant,
        text: `those behind it took ${behind.ms} ms, those before it ${before.ms} ms`,
      });
    const listeners = owners.filter(
      (owner) =>
        owner === 'analytics' ||
        declaredCrashPoints(system.crashDir, owner).includes(`event.${TenantSignedUp.type}.before-ack`),
    );
    for (const owner of listeners) {
      const [letter] = await system.sql<{ reason: string }>(
        owner,
        'select reason from kit.dead_letter where event_id = $1',
        [id],
      );
      if (!letter?.reason) violations.push({ tenant_id: tenant, text: `${owner} has no dead letter with a reason` });
    }
    return { checked: listeners.length + behind.events, violations };
  },
};

/** Whose signups were accepted. */
async function signUpMany(system: System): Promise<string[]> {
  const stamp = randomUUID().slice(0, 8);
  const answers = await Promise.all(
    Array.from({ length: signupsPerHalf }, async (_, number) => {
      const response = await signUp(system, `behind-${stamp}-${number}@customers.example`);
      return response.ok ? ((await response.json()) as { tenant_id: string }).tenant_id : undefined;
    }),
  );
  return answers.filter((id) => id !== undefined);
}

/** The median, over two listeners, of the time from a signup's commit to its effect there; Infinity when there is none. */
async function typicalDelay(system: System, tenants: string[], atRest: ScenarioWorld['atRest']) {
  await atRest();
  const facts = await system.sql<{ id: string; at: Date }>(
    'signup',
    'select id, occurred_at as at from kit.outbox where type = $1 and tenant_id = any($2)',
    [TenantSignedUp.type, tenants],
  );
  const told = new Map(facts.map(({ id, at }) => [id, at.getTime()]));
  const delays: number[] = [];
  for (const owner of ['billing-webhooks', 'notifier'] as const) {
    const taken = await system.sql<{ id: string; at: Date }>(
      owner,
      'select event_id as id, received_at as at from kit.inbox where event_id = any($1)',
      [[...told.keys()]],
    );
    delays.push(...taken.map(({ id, at }) => at.getTime() - told.get(id)!));
  }
  const ms = delays.sort((one, other) => one - other)[Math.floor(delays.length / 2)] ?? Number.POSITIVE_INFINITY;
  return { ms, events: delays.length };
}

function signUp(system: System, email: string): Promise<Response> {
  return fetch(`${system.gateway}/api/onboarding/signup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      email,
      company_name: 'Away Ltd',
      password: 'open the latch while the bus is away',
      plan: 'starter',
      accept_terms: true,
      captcha_token: 'sandbox-pass',
    }),
    signal: AbortSignal.timeout(15_000),
  });
}

const fileMax = 64 * 1_024 * 1_024;

export const keysAreNowhere: Scenario = {
  id: 'I-17',
  sentence: 'An API key that was shown once is nowhere at rest: databases, streams, logs',
  run: async ({ system, told }) => {
    const keys = told.flatMap(({ keys: shown, tenantIds }) => shown.map((key) => ({ key, tenantId: tenantIds[0]! })));
    const violations: Violation[] = [];
    const folders = ['pg', 'nats', 'logs'].map((name) => join(system.options.dataDir, name));
    for (const path of folders.flatMap(filesIn)) {
      const bytes = contentOf(path);
      if (!bytes) continue;
      for (const { key, tenantId } of keys)
        if (bytes.includes(key)) violations.push({ tenant_id: tenantId, text: `its key is in ${path}` });
    }
    return { checked: keys.length, violations };
  },
};

/** What a running PostgreSQL removes while we read is no finding. */
function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => {
      const found = statSync(path, { throwIfNoEntry: false });
      return found?.isFile() === true && found.size <= fileMax;
    });
}

/** A minute away needs some hundred signups, not thousands. */
const betweenSignupsMs = 100;
/** The supervisor starts a NATS that does not answer for half a minute again: the new one is stopped as well. */
const betweenStopsMs = 200;

export const busAwayUnderLoad: Scenario = {
  id: 'I-27',
  sentence: 'With NATS away, signups and webhooks are still accepted, and the backlog drains afterwards',
  run: async ({ system, sandbox, atRest, natsAwayMs }) => {
    const violations: Violation[] = [];
    let checked = 0;
    const expectOk = async (what: string, send: () => Promise<Response>) => {
      checked += 1;
      const status = await send().then(
        (response) => response.status,
        (error: unknown) => String(error),
      );
      if (typeof status !== 'number' || status >= 300) violations.push({ tenant_id: null, text: `${what}: ${status}` });
    };
    const [known] = (await sandbox.webhooks()).slice(-1);
    await system.signal('nats', 'SIGSTOP');
    const stopping = setInterval(() => void system.signal('nats', 'SIGSTOP'), betweenStopsMs);
    const endsAtMs = performance.now() + natsAwayMs;
    const stamp = Date.now().toString(36);
    try {
      for (let number = 0; performance.now() < endsAtMs; number++) {
        await expectOk(`signup ${number}`, () => signUp(system, `away-${stamp}-${number}@customers.example`));
        if (known) await sandbox.resendWebhook(known.event);
        await sleep(betweenSignupsMs);
      }
    } finally {
      clearInterval(stopping);
      await system.signal('nats', 'SIGCONT');
    }
    if (known) {
      const repeated = (await sandbox.webhooks()).filter(({ event }) => event === known.event).slice(1);
      for (const { attempts } of repeated) {
        checked += 1;
        const status = attempts[0]?.status ?? null;
        if (attempts.length > 0 && (status === null || status >= 300))
          violations.push({ tenant_id: null, text: `a webhook was answered ${status}` });
      }
    }
    const moving = await atRest();
    for (const what of moving) violations.push({ tenant_id: null, text: `the backlog did not drain: ${what}` });
    return { checked, violations };
  },
};

/** Which scenarios belong to which faults; the last three to every run. */
export function scenariosFor(faults: readonly FaultClass[]): Scenario[] {
  return [
    ...(faults.includes('webhook') ? [tamperedWebhooks] : []),
    ...(faults.includes('bus') || faults.includes('stop') ? [busAwayUnderLoad] : []),
    poisonStepsAside,
    lateRepetitions,
    keysAreNowhere,
  ];
}

export const allScenarios: readonly Scenario[] = [
  tamperedWebhooks,
  busAwayUnderLoad,
  poisonStepsAside,
  lateRepetitions,
  keysAreNowhere,
];
