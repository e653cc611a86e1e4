import { addressesFrom } from '@latchkey/journeys/parts';
import { setTimeout as sleep } from 'node:timers/promises';
import { addUp, countWebhookFaults, servedVendorFaults } from './counting.js';
import { type Evidence, gatherEvidence } from './evidence.js';
import { invariants } from './invariants/index.js';
import type { Verdict } from './invariants/invariant.js';
import { type Injected, Nemesis } from './nemesis.js';
import { planRun, type PlanWish } from './plan.js';
import { quiesce } from './quiesce.js';
import { scenariosFor } from './scenarios.js';
import { Sandbox } from './sandbox.js';
import type { System } from './system.js';
import { type Told, Visitor } from './visitor.js';

export interface RunResult {
  wish: PlanWish;
  injected: Injected;
  skipped: string[];
  verdicts: Record<string, Verdict>;
  /** How many strangers ended in which way. */
  outcomes: Record<Told['outcome'], number>;
  lost: Told[];
  /** What was still moving when waiting ended; empty when the run came to rest. */
  moving: string[];
  seconds: number;
}

export interface RunOptions {
  /** How long a stranger is patient, and how long the system may take to come to rest. */
  patienceMs: number;
  quiesceMs: number;
  /** How long the scenario of I-27 keeps NATS away. */
  natsAwayMs: number;
  say: (text: string) => void;
}

/** One seed: strangers and faults as planned, rest, then the checkers. */
export async function runOnce(system: System, wish: PlanWish, options: RunOptions): Promise<RunResult> {
  const beganMs = performance.now();
  const { say } = options;
  const plan = planRun(wish);
  const run = `${wish.seed}x${Date.now().toString(36)}`;
  const sandbox = new Sandbox(system.url('console'));
  const [last] = (await sandbox.requests(0)).slice(-1);
  const knownWebhooks = new Set((await sandbox.webhooks()).map(({ id }) => id));
  const nemesis = new Nemesis(system, sandbox, say);
  const addresses = addressesFrom(system.gateway);

  let ended = 0;
  const living = plan.strangers.map(async (planned) => {
    await sleep(planned.arrivesAtMs);
    const told = await new Visitor(run, planned, addresses, sandbox, options.patienceMs).live();
    ended += 1;
    return told;
  });
  nemesis.start(plan.faults, beganMs);
  const progress = setInterval(() => say(`${ended} of ${plan.strangers.length} strangers have ended`), 10_000);
  try {
    await nemesis.finished();
    await system.resumeAll();
    say('the last fault is over');
    const told = await Promise.all(living);
    // What strangers brought with them (a vendor that refuses just this one) has done its work too.
    await sandbox.allFaultsOff();
    const moving = await quiesce(system, sandbox, options.quiesceMs);
    if (moving.length > 0) say(`still moving: ${moving.join('; ')}`);
    const kinds = Object.keys(nemesis.injected);
    const facts = {
      run,
      told,
      busWiped: kinds.includes('bus-wipe'),
      databaseRestarted: kinds.some((kind) => kind.startsWith('db-restart') || kind === 'kill postgres'),
    };
    // Judged before the scenarios, because a repetition may heal what was lost; and again after them.
    const evidence = await gatherEvidence(system, sandbox, facts);
    const verdicts: Record<string, Verdict> = judge(evidence);
    const atRest = () => quiesce(system, sandbox, options.quiesceMs);
    for (const { id, run: play } of scenariosFor(wish.faults)) {
      say(`scenario ${id}`);
      verdicts[id] = await play({ system, sandbox, told, atRest, natsAwayMs: options.natsAwayMs });
    }
    const later = judge(await gatherEvidence(system, sandbox, facts));
    for (const [id, { violations }] of Object.entries(later))
      if (verdicts[id]!.violations.length === 0) verdicts[id]!.violations.push(...violations);
    const mine = evidence.webhooks.filter(({ id }) => !knownWebhooks.has(id));
    return {
      wish,
      injected: addUp([nemesis.injected, await servedVendorFaults(sandbox, last?.seq ?? 0), countWebhookFaults(mine)]),
      skipped: [...nemesis.skipped],
      verdicts,
      outcomes: countOutcomes(told),
      lost: told.filter(({ outcome }) => outcome === 'lost'),
      moving,
      seconds: (performance.now() - beganMs) / 1_000,
    };
  } finally {
    clearInterval(progress);
    await nemesis.stop();
  }
}

export function judge(evidence: Evidence): Record<string, Verdict> {
  return Object.fromEntries(invariants.map(({ id, check }) => [id, check(evidence)]));
}

export function countOutcomes(told: readonly Told[]): RunResult['outcomes'] {
  const outcomes = { active: 0, compensated: 0, erased: 0, unpaid: 0, left: 0, lost: 0 };
  for (const { outcome } of told) outcomes[outcome] += 1;
  return outcomes;
}
