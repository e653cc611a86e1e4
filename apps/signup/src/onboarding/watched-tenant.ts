import { StepProgress, type TenantStatusResponse } from '@latchkey/contracts';
import {
  showsProgress,
  type DescribeTenant,
  type KnownRun,
  type TenantFacts,
  type ToldRun,
} from './describe-tenant.js';

/** What hints left to look up: nothing when one brought the run along, our own row, or the provisioner's word too. */
type Due = 'nothing' | 'own row' | 'everything';

/**
 * What one waiting screen knows. The tenant's status is believed from signup's own row only; hints bring the run along, so
 * that nobody is asked for it. What they missed or left out is found at the next beat.
 */
export class WatchedTenant {
  /** Undefined when no hint was heard since the last look. */
  due: Due | undefined;
  private facts: TenantFacts | undefined;
  private run: KnownRun = 'unknown';

  constructor(
    private readonly id: string,
    private readonly describeTenant: DescribeTenant,
  ) {}

  hearChange(): void {
    if (this.due !== 'everything') this.due = 'own row';
  }

  hearProgress(hint: unknown): void {
    const told = StepProgress.safeParse(hint).data;
    // A hint of another release, which shares the bus with this one.
    if (!told?.run) return void (this.due = 'everything');
    const run = { ...told.run, touched_at: told.at };
    if (!isOlder(run, this.run) && !isOfEarlierClearance(run, this.facts)) {
      this.run = run;
      if (this.facts && showsProgress(this.facts)) this.due ??= 'nothing';
      // That the tenant was cleared is news: the hint that says so was missed, or is on its way.
      else this.hearChange();
    }
  }

  /** Looks up what is due; without a hint, everything. */
  async look(): Promise<void> {
    const due = this.due ?? 'everything';
    this.due = undefined;
    if (due === 'nothing') return;
    const clearedBefore = this.facts?.clearedAt?.getTime();
    const shownUrl = due === 'own row' ? this.facts?.checkoutUrl : null;
    const facts = await this.describeTenant.factsOf(this.id, shownUrl);
    this.facts = facts;
    if (!showsProgress(facts)) return;
    const isNewlyCleared = facts.clearedAt.getTime() !== clearedBefore;
    if (isNewlyCleared && (this.run === 'unknown' || isOfEarlierClearance(this.run, facts))) this.run = 'none';
    if (due === 'own row' && this.needsNoAnswer(facts, isNewlyCleared)) return;
    const known = this.run;
    const answer = await this.describeTenant.askRun(this.id);
    // What was heard while asking may be newer than the answer.
    if (this.run === known || isOlder(this.run, answer)) this.run = answer;
  }

  describe(): TenantStatusResponse | null {
    return this.facts ? this.describeTenant.describe(this.facts, this.run) : null;
  }

  /** The run of a tenant cleared just now has hardly begun, and what has ended stays as it was told. */
  private needsNoAnswer({ status }: TenantFacts, isNewlyCleared: boolean): boolean {
    if (status === 'provisioning') return isNewlyCleared;
    return isTold(this.run) && this.run.state === (status === 'active' ? 'done' : 'failed');
  }
}

function isTold(run: KnownRun): run is ToldRun {
  return typeof run === 'object';
}

/** An operator may have a tenant cleared again while its first run is still being undone. */
function isOfEarlierClearance(run: KnownRun, facts: TenantFacts | undefined): boolean {
  return isTold(run) && facts?.clearedAt != null && Date.parse(run.started_at) < facts.clearedAt.getTime();
}

/** False where it cannot be told: hints of one worker arrive in their order. */
function isOlder(run: KnownRun, than: KnownRun): boolean {
  if (!isTold(run) || !isTold(than)) return false;
  if (run.run_id !== than.run_id) return Date.parse(run.started_at) < Date.parse(than.started_at);
  return Date.parse(run.touched_at ?? run.started_at) < Date.parse(than.touched_at ?? than.started_at);
}
