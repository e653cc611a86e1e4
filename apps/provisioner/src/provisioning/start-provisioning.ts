import { Inject, Injectable } from '@nestjs/common';
import type { EventData, TenantCleared } from '@latchkey/contracts';
import { enqueue } from '@latchkey/shared/jobs';
import { em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { CONFIG, type Config } from '../config.js';
import { ClaimStandby } from '../pool/claim-standby.js';
import { AdvanceRun } from './jobs.js';
import { Recipe } from './recipe.js';
import { Run } from './run.entity.js';
import { warmSteps } from './steps/index.js';

/** A paid and verified tenant: makes the run, with a warm workspace if one is ready. Asked again, it leaves the first run alone. */
@Injectable()
export class StartProvisioning {
  constructor(
    private readonly recipe: Recipe,
    private readonly claimStandby: ClaimStandby,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async run(tenantId: string, facts: EventData<typeof TenantCleared>, clearedAt: Date): Promise<'started' | 'already'> {
    const [latest] = await em().find(Run, { tenantId }, { orderBy: { generation: 'desc' }, limit: 1 });
    if (latest && latest.state !== 'failed' && latest.state !== 'removed') return 'already';
    const standby = await this.claimStandby.run(tenantId);
    const run = em().create(
      Run,
      Run.begin({
        tenantId,
        generation: (latest?.generation ?? 0) + 1,
        plan: facts.plan,
        trialEndsAt: facts.trial_ends_at ? new Date(facts.trial_ends_at) : null,
        namespace: standby?.namespace ?? tenantId,
        warm: standby !== undefined,
        steps: this.recipe.names,
        stepsDone: standby ? warmSteps : [],
        clearedAt,
        deadlineSeconds: this.config.PROVISION_DEADLINE_SECONDS,
        now: this.clock.now(),
      }),
    );
    enqueue(AdvanceRun, { run_id: run.id }, { key: run.id });
    return 'started';
  }
}
