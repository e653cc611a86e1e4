import { Inject, Injectable } from '@nestjs/common';
import type { EventData, TenantCleared } from '@latchkey/contracts';
import { enqueue } from '@latchkey/shared/jobs';
import { em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { CONFIG, type Config } from '../config.js';
import { ClaimStandby } from '../pool/claim-standby.js';
import { lockTenant } from './abandon-tenant.js';
import { Abandonment } from './abandonment.entity.js';
import { AdvanceRun } from './jobs.js';
import { Recipe } from './recipe.js';
import { Run, workerOf } from './run.entity.js';
import { warmSteps } from './steps/index.js';
import { TellProgress } from './tell-progress.js';

/** A paid and verified tenant: makes the run, with a warm workspace if one is ready. Asked again, it leaves the first run alone. */
@Injectable()
export class StartProvisioning {
  constructor(
    private readonly recipe: Recipe,
    private readonly claimStandby: ClaimStandby,
    private readonly tellProgress: TellProgress,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async run(tenantId: string, facts: EventData<typeof TenantCleared>, clearedAt: Date): Promise<'started' | 'already'> {
    // In one turn, and PostgreSQL answers in order: what is read is read under the lock.
    const [, latest, abandonment] = await Promise.all([
      lockTenant(tenantId),
      em().findOne(Run, { tenantId }, { orderBy: { generation: 'desc' } }),
      em().findOne(Abandonment, { tenantId }),
    ]);
    const generation = facts.generation ?? nextGeneration(latest);
    if (generation === null || (latest && latest.generation >= generation)) return 'already';
    const abandoned = abandonment && abandonment.throughGeneration >= generation ? abandonment : null;
    const standby = abandoned ? undefined : await this.claimStandby.run(tenantId);
    const run = em().create(
      Run,
      Run.of({
        tenantId,
        generation,
        plan: facts.plan,
        trialEndsAt: facts.trial_ends_at ? new Date(facts.trial_ends_at) : null,
        namespace: standby?.namespace ?? namespaceOf(tenantId, generation),
        warm: standby !== undefined,
        steps: this.recipe.names,
        stepsDone: standby ? warmSteps : [],
        clearedAt,
        // Begun all the same: it ends undone at once, and whoever paid for it is given the money back.
        abandonedBecause: abandoned?.because ?? null,
        deadlineSeconds: this.config.PROVISION_DEADLINE_SECONDS,
        now: this.clock.now(),
      }),
    );
    const jobId = enqueue(AdvanceRun, { run_id: run.id }, { key: run.id });
    // The job's first try finds the run claimed and its first step begun. Somebody who is not wanted is for the job to undo.
    const step = abandoned ? undefined : run.begin(workerOf(jobId, 1), this.clock.now());
    if (step) this.tellProgress.afterCommit(run, step);
    return 'started';
  }
}

/** Clearances told before they were numbered: a tenant without an open or finished run gets one. */
function nextGeneration(latest: Run | null): number | null {
  if (!latest) return 1;
  return latest.state === 'failed' || latest.state === 'removed' ? latest.generation + 1 : null;
}

/** A retry starts in a place of its own: a late write of the run before it cannot reach it, nor can that run's sweep. */
function namespaceOf(tenantId: string, generation: number): string {
  return generation === 1 ? tenantId : `${tenantId}_${generation}`;
}
