import { addressesFrom } from '@latchkey/journeys/parts';
import { setTimeout as sleep } from 'node:timers/promises';
import { gatherEvidence } from '../evidence.js';
import { joined, type Verdict } from '../invariants/invariant.js';
import { type PlannedStranger, planRun } from '../plan.js';
import { quiesce } from '../quiesce.js';
import { Random } from '../random.js';
import { countOutcomes, judge, type RunResult } from '../run.js';
import { Sandbox } from '../sandbox.js';
import { type Told, Visitor } from '../visitor.js';
import { acknowledgedSoFar, countPromises, verdictOfPowerCut } from './acknowledged.js';
import type { Machines } from './machines.js';

export interface Cut {
  /** After the first stranger of its wave. */
  atMs: number;
  /** Strangers who were in the middle of something. */
  underWay: number;
  /** Answers given so far that must be true after the reboot. */
  promises: number;
  /** From the cut until everything answered again. */
  downMs: number;
}

export interface PowerCutWish {
  seed: number;
  tenants: number;
  cuts: number;
}

const patienceMs = 240_000;
const quiesceMs = 180_000;

/** A wave of strangers for each cut, the power going in the middle of it, and one more wave for the last boot. */
export async function cutAndJudge(
  machines: Machines,
  wish: PowerCutWish,
  say: (text: string) => void,
): Promise<{ result: RunResult; cuts: Cut[] }> {
  const beganMs = performance.now();
  const random = new Random(wish.seed);
  const run = `${wish.seed}p${Date.now().toString(36)}`;
  const sandbox = new Sandbox(machines.vendors.url('console'));
  const addresses = addressesFrom(machines.ours.gateway);
  const told: Told[] = [];
  const living: Promise<Told>[] = [];
  let ended = 0;
  const send = (planned: PlannedStranger) => {
    const visitor = new Visitor(run, planned, addresses, sandbox, patienceMs);
    told.push(visitor.told);
    living.push(visitor.live().finally(() => (ended += 1)));
  };

  const waves = wavesOf(wish);
  const cuts: Cut[] = [];
  let kept: Verdict = { checked: 0, violations: [] };
  for (const wave of waves.slice(0, -1)) {
    const lastArrivalMs = Math.max(...wave.map(({ arrivesAtMs }) => arrivesAtMs));
    const atMs = random.between(1_500, lastArrivalMs + 3_000);
    const waveBeganMs = performance.now();
    const arrivals = wave.filter(({ arrivesAtMs }) => arrivesAtMs <= atMs);
    for (const planned of arrivals) {
      await sleepUntil(waveBeganMs + planned.arrivesAtMs);
      send(planned);
    }
    await sleepUntil(waveBeganMs + atMs);
    const cutMs = performance.now();
    await machines.cut();
    const acknowledged = await acknowledgedSoFar(told, sandbox);
    const cut = { atMs, underWay: told.length - ended, promises: countPromises(acknowledged) };
    say(`power cut ${cuts.length + 1}: ${cut.underWay} strangers under way, ${cut.promises} promises made so far`);
    // They come while there is no power: their first answer is that nobody answers.
    for (const planned of wave) if (!arrivals.includes(planned)) send(planned);
    await machines.reboot();
    const downMs = Math.round(performance.now() - cutMs);
    cuts.push({ ...cut, downMs });
    say(`everything is back ${(downMs / 1_000).toFixed(1)} s after the cut`);
    kept = joined(kept, await verdictOfPowerCut(machines.ours, acknowledged));
  }
  for (const planned of waves.at(-1)!) send(planned);
  await Promise.all(living);
  say(`all ${told.length} strangers have ended`);

  await sandbox.allFaultsOff();
  const moving = await quiesce(machines.ours, sandbox, quiesceMs);
  if (moving.length > 0) say(`still moving: ${moving.join('; ')}`);
  const facts = { run, told, busWiped: false, databaseRestarted: true };
  const verdicts = judge(await gatherEvidence(machines.ours, sandbox, facts));
  verdicts['I-28'] = kept;
  const result: RunResult = {
    wish: { seed: wish.seed, tenants: wish.tenants, faults: [] },
    injected: { 'power cut': cuts.length },
    skipped: [],
    verdicts,
    outcomes: countOutcomes(told),
    lost: told.filter(({ outcome }) => outcome === 'lost'),
    moving,
    seconds: (performance.now() - beganMs) / 1_000,
  };
  return { result, cuts };
}

/** One wave more than cuts, each in the order of its arrivals. */
export function wavesOf({ seed, tenants, cuts }: PowerCutWish): PlannedStranger[][] {
  const { strangers } = planRun({ seed, tenants, faults: [] });
  const size = Math.ceil(tenants / (cuts + 1));
  return Array.from({ length: cuts + 1 }, (_, index) => {
    const wave = strangers.slice(index * size, (index + 1) * size);
    return wave
      .map((planned) => ({ ...planned, arrivesAtMs: planned.arrivesAtMs / (cuts + 1) }))
      .sort((one, other) => one.arrivesAtMs - other.arrivesAtMs);
  });
}

async function sleepUntil(atMs: number): Promise<void> {
  const ms = atMs - performance.now();
  if (ms > 0) await sleep(ms);
}
