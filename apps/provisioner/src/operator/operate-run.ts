import { Inject, Injectable } from '@nestjs/common';
import { LockMode } from '@mikro-orm/core';
import { AbandonProvisioning, ReopenProvisioning } from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { enqueue } from '@latchkey/shared/jobs';
import { Questions, QuestionUnanswered } from '@latchkey/shared/messaging';
import { audit } from '@latchkey/shared/operator';
import { Door, em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { CONFIG, type Config } from '../config.js';
import { AdvanceRun, nowKey } from '../provisioning/jobs.js';
import { Run } from '../provisioning/run.entity.js';

export interface Operated {
  tenant_id: string;
  run_id: string | null;
  outcome: 'resumed' | 'retried' | 'cleared_again' | 'abandoned' | 'already_abandoned';
}

/** A worker that touched its run this recently is alive: an operator's job beside it would only get in its way. */
const atWorkMs = 30_000;

/**
 * What an operator can do about a tenant's run. What the run owns is decided here; whether a tenant is given up or
 * cleared once more is signup's to decide, and billing's word comes first where money is concerned.
 */
@Injectable()
export class OperateRun {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly questions: Questions,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** An open run goes on now instead of after its pause; one that is being undone goes on being undone. */
  async resume(tenantId: string, reason: string): Promise<Operated> {
    return this.door.commit('resume-run', async () => {
      const run = await this.latest(tenantId);
      if (run.isOver()) throw new ProblemError('run_not_open');
      this.refuseIfAtWork(run);
      run.nextAttemptAt = null;
      run.letGo();
      enqueue(AdvanceRun, { run_id: run.id }, { key: nowKey(run.id) });
      await audit({ action: 'resume-run', tenantId, target: run.id, reason });
      return { tenant_id: tenantId, run_id: run.id, outcome: 'resumed' as const };
    });
  }

  /** All tries again from the step that failed; a run that failed for good needs a new clearance, and that needs its money. */
  async retry(tenantId: string, reason: string): Promise<Operated> {
    const retried = await this.door.commit('retry-run', async (): Promise<Operated | null> => {
      const run = await this.latest(tenantId);
      if (run.state === 'done') throw new ProblemError('tenant_already_active');
      if (run.state === 'removed') throw new ProblemError('run_not_open');
      if (run.abandonedBecause) throw new ProblemError('run_abandoned');
      if (run.state === 'failed') return null;
      this.refuseIfAtWork(run);
      run.startAgain(this.config.PROVISION_DEADLINE_SECONDS, this.clock.now());
      enqueue(AdvanceRun, { run_id: run.id }, { key: nowKey(run.id) });
      await audit({ action: 'retry-run', tenantId, target: run.id, reason });
      return { tenant_id: tenantId, run_id: run.id, outcome: 'retried' };
    });
    return retried ?? this.clearAgain(tenantId, reason);
  }

  /** Gives the tenant up: the money goes back, what was built is taken away. */
  async compensate(tenantId: string, reason: string): Promise<Operated> {
    const { outcome, status } = await this.answered(this.questions.ask(AbandonProvisioning, { tenant_id: tenantId }));
    await this.note('compensate-tenant', tenantId, reason, outcome);
    if (outcome === 'not_possible' && status === null) throw new ProblemError('unknown_tenant');
    if (outcome === 'not_possible')
      throw new ProblemError(status === 'active' || status === 'suspended' ? 'tenant_already_active' : 'run_not_open');
    return {
      tenant_id: tenantId,
      run_id: null,
      outcome: outcome === 'abandoned' ? 'abandoned' : 'already_abandoned',
    };
  }

  private async clearAgain(tenantId: string, reason: string): Promise<Operated> {
    const { outcome } = await this.answered(this.questions.ask(ReopenProvisioning, { tenant_id: tenantId }));
    await this.note('retry-run', tenantId, reason, outcome);
    if (outcome === 'money_goes_back') throw new ProblemError('money_given_back');
    if (outcome === 'billing_silent') throw new ProblemError('unavailable', { retryAfterSeconds: 10 });
    if (outcome === 'not_possible') throw new ProblemError('run_not_open');
    return { tenant_id: tenantId, run_id: null, outcome: 'cleared_again' };
  }

  /** Signup's silence decides nothing: the operator tries again. */
  private async answered<Reply>(asking: Promise<Reply>): Promise<Reply> {
    try {
      return await asking;
    } catch (error) {
      if (!(error instanceof QuestionUnanswered)) throw error;
      throw new ProblemError('unavailable', { retryAfterSeconds: 5, cause: error });
    }
  }

  private async note(action: string, tenantId: string, reason: string, outcome: string): Promise<void> {
    await this.door.commit('note-act', () => audit({ action, tenantId, reason, outcome }));
  }

  private refuseIfAtWork(run: Run): void {
    if (run.isHeldByAnother(null, atWorkMs, this.clock.now()))
      throw new ProblemError('run_at_work', { retryAfterSeconds: Math.ceil(atWorkMs / 1_000) });
  }

  private async latest(tenantId: string): Promise<Run> {
    const [run] = await em().find(
      Run,
      { tenantId },
      { orderBy: { generation: 'desc' }, limit: 1, lockMode: LockMode.PESSIMISTIC_WRITE },
    );
    if (!run) throw new ProblemError('unknown_tenant');
    return run;
  }
}
