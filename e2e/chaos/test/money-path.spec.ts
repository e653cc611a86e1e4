import { armCrashPoint, hitCrashPoints } from '@latchkey/shared/crash';
import type { Owner } from '@latchkey/contracts';
import { addressesFrom } from '@latchkey/journeys/parts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatherEvidence } from '../src/evidence.js';
import { invariants } from '../src/invariants/index.js';
import { planRun } from '../src/plan.js';
import { quiesce } from '../src/quiesce.js';
import { Sandbox } from '../src/sandbox.js';
import { System } from '../src/system.js';
import { Visitor } from '../src/visitor.js';

const patienceMs = 100_000;
const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-chaos-'));
// Under root PostgreSQL runs as nobody, who must be able to walk in.
chmodSync(dataDir, 0o755);
let system: System;

beforeAll(async () => {
  // Far from every other base, different for two runs on one machine, and below the ports that outgoing connections are given.
  system = await System.start({ portBase: 20_000 + (process.pid % 300) * 40, dataDir });
});

afterAll(async () => {
  await system?.stop();
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

/** Where money and the promise for it are in different places for a moment. */
const moneyPath: [Owner, string][] = [
  ['signup', 'door.signup.after-commit'],
  ['billing-webhooks', 'vendor.stripe.checkout.create.after'],
  ['billing-webhooks', 'door.stripe-webhook.before-commit'],
  ['billing-webhooks', 'http.answered'],
  ['signup', 'relay.after-publish'],
  ['provisioner', 'job.advance-run.claimed'],
  ['notifier', 'vendor.sendgrid.mail.send.after'],
];

test('killed at every step of the money path, nothing is lost and nothing is done twice', async () => {
  for (const [service, point] of moneyPath) armCrashPoint(system.crashDir, service, point);
  const sandbox = new Sandbox(system.url('console'));
  const addresses = addressesFrom(system.gateway);
  const run = 'money';
  const { strangers } = planRun({ seed: 1, tenants: 3, faults: [] });
  const told = await Promise.all(
    strangers.map((planned) =>
      new Visitor(run, { ...planned, behaviour: 'happy' }, addresses, sandbox, patienceMs).live(),
    ),
  );
  expect(await quiesce(system, sandbox, 60_000)).toEqual([]);
  expect(told.map(({ outcome, reason }) => reason ?? outcome)).toEqual(['active', 'active', 'active']);
  const evidence = await gatherEvidence(system, sandbox, { run, told, busWiped: false, databaseRestarted: false });
  for (const { id, check } of invariants) expect([id, check(evidence).violations]).toEqual([id, []]);
  for (const [service, point] of moneyPath) expect(hitCrashPoints(system.crashDir, service)).toContain(point);
});
