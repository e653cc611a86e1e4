import { addressesFrom } from '@latchkey/journeys/parts';
import { CrashController } from './crash-controller.js';
import { gatherEvidence } from './evidence.js';
import { planRun } from './plan.js';
import { undeclaredPoints } from './points.js';
import { quiesce } from './quiesce.js';
import { pressRareButtons } from './rare-customer.js';
import { RareWays } from './rare-ways.js';
import type { CrashPoints } from './report.js';
import { countOutcomes, judge, type RunOptions, type RunResult } from './run.js';
import { Sandbox } from './sandbox.js';
import type { System } from './system.js';
import { type Told, Visitor } from './visitor.js';

export interface MatrixResult {
  result: RunResult;
  crashPoints: CrashPoints;
  /** Points at which no process has died: "service point". */
  missing: string[];
  /** Passed, and declared by nobody: the list has a hole. */
  undeclared: string[];
}

export interface MatrixOptions extends RunOptions {
  strangersPerRound: number;
  /** After this no new round begins. */
  budgetMs: number;
}

/**
 * Kills every process once at every declared crash point, while strangers, operators and the calendar go through the
 * system in rounds; then lets it come to rest and asks all the checkers. Several points per system, because each death is
 * followed by the supervisor's restart and each tenant's story is checked at the end.
 */
export async function runMatrix(system: System, seed: number, options: MatrixOptions): Promise<MatrixResult> {
  const beganMs = performance.now();
  const { say } = options;
  const sandbox = new Sandbox(system.url('console'));
  const controller = new CrashController(system.crashDir);
  const rare = new RareWays(system, sandbox);
  const run = `m${seed}x${Date.now().toString(36)}`;
  const told: Told[] = [];
  const undone: string[] = [];
  /** Deaths on its way are what a rare way is for; what it could not do is told, and the round goes on. */
  const attempt = async (what: string, way: () => Promise<unknown>) => {
    await way().catch((error: unknown) => void undone.push(`${what}: ${String(error).slice(0, 200)}`));
  };

  for (let round = 0; round === 0 || performance.now() - beganMs < options.budgetMs; round++) {
    // The first round shows what is passed often; with everything armed nobody would ever come far.
    if (round === 1) controller.start();
    const before = controller.counts;
    if (round > 0 && before.hit === before.declared) break;
    say(`round ${round + 1}: ${before.hit} of ${before.declared} crash points hit`);
    const { strangers } = planRun({ seed: seed * 1_000 + round, tenants: options.strangersPerRound, faults: [] });
    const addresses = addressesFrom(system.gateway);
    const ended = await Promise.all(
      strangers.map(async (planned) => {
        const number = round * options.strangersPerRound + planned.number;
        const behaviour = everyBehaviour[number % everyBehaviour.length]!;
        return new Visitor(run, { ...planned, number, behaviour }, addresses, sandbox, options.patienceMs).live();
      }),
    );
    told.push(...ended);
    await attempt('poison', () => rare.sendPoison());
    await attempt('schedules', () => rare.runSchedules());
    await attempt('operators', () => rare.operate());
    const someone = ended.find(({ outcome }) => outcome === 'active');
    if (someone)
      await attempt('rare buttons', () =>
        pressRareButtons(addresses, someone.email, `open the latch ${run} ${someone.number}`),
      );
    await attempt('a day', () => rare.passADay());
    if (round % 2 === 1) await attempt('a month', () => rare.passAMonth());
  }
  await controller.stop();
  await sandbox.allFaultsOff();
  for (const what of undone) say(`not done: ${what}`);
  const moving = await quiesce(system, sandbox, options.quiesceMs);
  const evidence = await gatherEvidence(system, sandbox, { run, told, busWiped: false, databaseRestarted: false });
  const crashPoints = controller.counts;
  return {
    crashPoints,
    missing: controller.missing(),
    undeclared: undeclaredPoints(system.crashDir),
    result: {
      wish: { seed, tenants: told.length, faults: [] },
      injected: { 'crash point': crashPoints.hit },
      skipped: [],
      verdicts: judge(evidence),
      outcomes: countOutcomes(told),
      lost: told.filter(({ outcome }) => outcome === 'lost'),
      moving,
      seconds: (performance.now() - beganMs) / 1_000,
    },
  };
}

/** In turn instead of by chance: every round must come to the rare doors too. */
const everyBehaviour = [
  'happy',
  'vendor-refuses',
  'erased',
  'resumed',
  'double-click',
  'bad-upload',
  'declined-card',
  'verifies-late',
  'never-pays',
  'closes-the-tab',
  'card-fails-later',
] as const;
