import { addressesFrom } from '@latchkey/journeys/parts';
import { passedCrashPoints } from '@latchkey/shared/crash';
import { setTimeout as sleep } from 'node:timers/promises';
import { Calendar } from './calendar.js';
import { CrashController, type PointGroup } from './crash-controller.js';
import { gatherEvidence } from './evidence.js';
import { joined, type Verdict } from './invariants/invariant.js';
import { type Behaviour, planRun } from './plan.js';
import { undeclaredPoints } from './points.js';
import { quiesce, unfinished } from './quiesce.js';
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
  groups: PointGroup[];
  /** Points at which no process has died (of a rehearsal: that nobody passed): "service point". */
  missing: string[];
  /** Passed, and declared by nobody: the list has a hole. */
  undeclared: string[];
}

export interface MatrixOptions extends Omit<RunOptions, 'natsAwayMs'> {
  /** After this no new round begins. */
  budgetMs: number;
  /** Nobody is killed: shows in two rounds what the ways pass, and what they do not. */
  rehearsal: boolean;
  /** What is passed often is known from an earlier run on this system. */
  known: boolean;
}

const hour = 3_600;
const day = 24 * hour;

/** Between two strangers who arrive, and between two rounds of an operator. */
const arrivalGapMs = 700;
const operatorPauseMs = 3_000;
const progressEveryMs = 20_000;
/** How long what a leap of the calendar set in motion may take before the next one. */
const settleMs = 60_000;

/**
 * Kills every process once at every declared crash point, while strangers, operators and the calendar go through the
 * system in rounds; then lets it come to rest and asks all the checkers. Several points per system, because each death is
 * followed by the supervisor's restart and each tenant's story is checked at the end.
 */
export class Matrix {
  private readonly beganMs = performance.now();
  private readonly sandbox: Sandbox;
  private readonly controller: CrashController;
  private readonly rare: RareWays;
  private readonly calendar: Calendar;
  private readonly run: string;
  private readonly told = new Map<number, Told>();
  private readonly undone = new Map<string, number>();
  private strangers = 0;
  private months = 0;
  private readonly verdicts: Record<string, Verdict> = {};
  private readonly moving: string[] = [];
  private readonly under = new Set<string>();

  constructor(
    private readonly system: System,
    private readonly seed: number,
    private readonly options: MatrixOptions,
  ) {
    this.sandbox = new Sandbox(system.url('console'));
    this.controller = new CrashController(system.crashDir);
    this.rare = new RareWays(system);
    this.calendar = new Calendar(system, this.sandbox);
    this.run = `m${seed}x${Date.now().toString(36)}`;
  }

  async play(): Promise<MatrixResult> {
    const { budgetMs, rehearsal, known: isKnown, say } = this.options;
    const progress = setInterval(() => {
      const { hit, declared } = this.counts();
      say(`${hit} of ${declared}; under way: ${[...this.under].join(', ') || 'nobody'}`);
    }, progressEveryMs);
    const first = isKnown ? 1 : 0;
    const roundsLeast = isKnown || budgetMs === 0 ? 0 : 2;
    for (let round = first; round < roundsLeast || performance.now() - this.beganMs < budgetMs; round++) {
      if (rehearsal && round === 2) break;
      // The first strangers show what is passed often; with everything armed nobody would ever come far.
      if (round === 1 && !rehearsal) this.controller.start();
      const { hit, declared } = this.counts();
      if (round > 1 && hit === declared) break;
      say(`round ${round + 1}: ${hit} of ${declared} crash points ${rehearsal ? 'passed' : 'hit'}`);
      const known = new Set(this.told.keys());
      await this.meetStrangers(usualWays);
      if (round > 0 || rehearsal) await this.passTheMonths();
      await this.judgeRound(known);
    }
    clearInterval(progress);
    return this.end();
  }

  /** Strangers one after the other, all of them under way at once, and operators at work beside them. */
  private async meetStrangers(ways: readonly Behaviour[]): Promise<void> {
    let under = ways.length;
    const living = ways.map(async (behaviour, index) => {
      await sleep(index * arrivalGapMs);
      await this.meet((this.strangers += 1), behaviour);
      under -= 1;
    });
    await this.attempt('poison', () => this.rare.sendPoison());
    while (under > 0) {
      await this.attempt('signups', () => this.rare.signUpOddly());
      await this.work();
      await sleep(operatorPauseMs);
    }
    await Promise.all(living);
    const active = [...this.told.values()].filter(({ outcome }) => outcome === 'active').slice(-3);
    const addresses = addressesFrom(this.system.gateway);
    await Promise.all(
      active.map(({ email, number, tenantIds }) =>
        this.attempt('rare buttons', () =>
          pressRareButtons(addresses, this.sandbox, {
            email,
            password: `open the latch ${this.run} ${number}`,
            tenantId: tenantIds[0]!,
          }),
        ),
      ),
    );
  }

  private async meet(number: number, behaviour: Behaviour): Promise<void> {
    const [planned] = planRun({ seed: this.seed * 10_000 + number, tenants: 1, faults: [] }).strangers;
    const visitor = new Visitor(
      this.run,
      { ...planned!, number, behaviour },
      addressesFrom(this.system.gateway),
      this.sandbox,
      this.options.patienceMs,
    );
    const before = this.told.get(number);
    this.under.add(`${number} ${behaviour}`);
    const told = await visitor.live();
    this.under.delete(`${number} ${behaviour}`);
    this.told.set(
      number,
      before ? { ...told, tenantIds: [...new Set([...before.tenantIds, ...told.tenantIds])] } : told,
    );
  }

  /** Compensation, expiry, reminders, the first charge, dunning, cancellation: what comes in its time, in leaps. */
  private async passTheMonths(): Promise<void> {
    const { say } = this.options;
    // Nothing can be cancelled just now: compensations wait, and operators may change their mind. Nothing is kept warm.
    const noCancelling = await this.sandbox.breakVendor({ vendor: 'stripe', method: 'DELETE' }, 503);
    const noPool = await this.sandbox.breakVendor(
      { vendor: 'pinecone', path: '/vectors/upsert', tenant: 'warm_' },
      400,
    );
    await this.sandbox.dunningEnds((this.months += 1) % 2 === 1 ? 'unpaid' : 'canceled');
    const comers = [...this.told.values()].filter(({ outcome }) => outcome === 'unpaid').slice(-2);
    await this.meetStrangers(leavingWays);
    // What is refused fails meanwhile, and what waits goes on waiting: this never comes to rest by itself.
    await this.settle(45_000);
    // Longer than a customer waits without a word, and shorter than the deadline of a run.
    say('twelve minutes pass');
    await this.calendar.leap(hour / 5);
    await this.settle(20_000);
    await this.attempt('codes', () => this.rare.askForCodes());
    await this.attempt('poison', () => this.rare.sendUnknownStripeEvent());
    say('a day passes');
    await this.calendar.leap(26 * hour);
    await this.settle(20_000);
    await this.sandbox.removeRule(noCancelling);
    await this.sandbox.removeRule(noPool);
    await this.attempt('poison', () => this.buryUnknownEvents());
    // Whoever let the payment page expire comes back, with the same address.
    await Promise.all(comers.map(({ number }) => this.meet(number, 'happy')));
    await this.settle(settleMs);
    await this.sandbox.breakVendor({ vendor: 'stripe', path: '/v1/refunds', method: 'POST', times: 1 }, 500, true);
    // To the end of the trial: who paid and was never provisioned is charged, and gets it back. Then to the end of dunning.
    // Less than 30 days in all: published facts stay that long, and the checkers compare them with the bus.
    for (const days of [13.2, 14.3]) {
      say(`${days} days pass`);
      await this.calendar.leap(days * day);
      await this.settle(settleMs);
    }
  }

  /** Everything about the strangers of this round, whose facts are all still in the outboxes. */
  private async judgeRound(known: ReadonlySet<number>): Promise<void> {
    const { quiesceMs, say } = this.options;
    await this.attempt('mending', () => this.rare.mend());
    await this.settle(settleMs);
    const moving = await quiesce(this.system, this.sandbox, quiesceMs);
    if (moving.length > 0) say(`still moving: ${moving.join('; ')}`);
    this.moving.push(...moving);
    const told = [...this.told.values()].filter(({ number }) => !known.has(number));
    const facts = { run: `${this.run}-none`, told, busWiped: false, databaseRestarted: false };
    const verdicts = judge(await gatherEvidence(this.system, this.sandbox, facts));
    for (const [id, verdict] of Object.entries(verdicts)) {
      for (const { tenant_id: tenant, text } of verdict.violations) say(`${id} ${tenant ?? 'no tenant'}: ${text}`);
      this.verdicts[id] = this.verdicts[id] ? joined(this.verdicts[id], verdict) : verdict;
    }
  }

  /** Works on until everything is at rest, or the time is over; lets nobody wait for a pause between two tries. */
  private async settle(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    for (let looks = 0; performance.now() < deadline; looks++) {
      await this.attempt('skipping', async () => {
        await this.calendar.skipPauses();
        await this.calendar.skipHeartbeats();
      });
      if (looks % 2 === 0) await this.work();
      await sleep(operatorPauseMs / 2);
      if (looks > 1 && looks % 2 === 1 && (await unfinished(this.system, this.sandbox).catch(() => ['?'])).length === 0)
        return;
    }
  }

  /** An event that Stripe cannot explain is tried for an hour; nobody sits through it. */
  private async buryUnknownEvents(): Promise<void> {
    for (let looks = 0; looks < 60 && (await this.rare.countUnknownStripeEvents()) > 0; looks++) {
      await this.calendar.skipPauses();
      await sleep(700);
    }
    await this.rare.retryDeadStripeEvent();
  }

  private async work(): Promise<void> {
    await this.attempt('schedules', () => this.rare.runSchedules());
    await this.attempt('operators', () => this.rare.operate());
  }

  /** Deaths on its way are what a rare way is for; what it could not do is counted, and the round goes on. */
  private async attempt(what: string, way: () => Promise<unknown>): Promise<void> {
    await way().catch((error: unknown) => {
      const reason = `${what}: ${String(error).slice(0, 160)}`;
      this.undone.set(reason, (this.undone.get(reason) ?? 0) + 1);
    });
  }

  private counts(): CrashPoints {
    if (!this.options.rehearsal) return this.controller.counts;
    const { declared } = this.controller.counts;
    return { declared, hit: declared - this.missing().length };
  }

  private missing(): string[] {
    const missing = this.controller.missing();
    if (!this.options.rehearsal) return missing;
    return missing.filter((line) => {
      const [service, point] = line.split(' ') as [string, string];
      return !passedCrashPoints(this.system.crashDir, service).includes(point);
    });
  }

  /** Everybody once more, but for what is told by facts that are past their 30 days by now. */
  private async end(): Promise<MatrixResult> {
    const { quiesceMs, say } = this.options;
    await this.controller.stop();
    await this.sandbox.allFaultsOff();
    await this.settle(settleMs);
    await this.rare.mend();
    this.moving.push(...(await quiesce(this.system, this.sandbox, quiesceMs)));
    for (const [reason, times] of this.undone) say(`not done ${times} times: ${reason}`);
    const told = [...this.told.values()];
    // By address also those of earlier runs, where this one went on with their system.
    const facts = { run: this.options.known ? 'm%' : this.run, told, busWiped: false, databaseRestarted: false };
    const evidence = await gatherEvidence(this.system, this.sandbox, facts);
    const last = judge(evidence);
    for (const [id, verdict] of Object.entries(last)) {
      if (needsOutboxes.has(id)) continue;
      const known = this.verdicts[id];
      if (!known) this.verdicts[id] = verdict;
      else if (known.violations.length === 0) known.violations.push(...verdict.violations);
    }
    const crashPoints = this.counts();
    return {
      crashPoints,
      groups: this.controller.groups,
      missing: this.missing(),
      undeclared: undeclaredPoints(this.system.crashDir),
      result: {
        wish: { seed: this.seed, tenants: this.options.known ? evidence.tenants.size : told.length, faults: [] },
        injected: this.options.rehearsal ? {} : { 'crash point': crashPoints.hit },
        skipped: [],
        verdicts: this.verdicts,
        outcomes: countOutcomes(told),
        lost: told.filter(({ outcome }) => outcome === 'lost'),
        moving: [...new Set(this.moving)],
        seconds: (performance.now() - this.beganMs) / 1_000,
      },
    };
  }
}

/** Promises about facts and where they went: asked at the end of each round only. */
const needsOutboxes: ReadonlySet<string> = new Set(['I-9', 'I-10', 'I-11', 'I-13']);

/** In turn instead of by chance: every round must come to the rare doors too. */
const usualWays: readonly Behaviour[] = [
  'happy',
  'never-pays',
  'vendor-refuses',
  'changes-plan',
  'erased',
  'stripe-away',
  'resumed',
  'welcome-refused',
  'double-click',
  'bad-upload',
  'never-pays',
  'declined-card',
  'vendor-refuses',
  'verifies-late',
  'erased',
  'card-fails-later',
  'closes-the-tab',
  'card-fails-later',
  'welcome-refused',
];

/** Who pays and leaves: what becomes of them is decided without them, hours or days later. */
const leavingWays: readonly Behaviour[] = [
  'leaves-refused',
  'leaves-refused',
  'leaves-unverified',
  'leaves-refused',
  'leaves-refused',
  'leaves-unverified',
  'leaves-waiting',
  'leaves-waiting',
  'leaves-waiting',
];
