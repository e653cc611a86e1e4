import {
  BillingDiagnosis,
  NotifierDiagnosis,
  ProvisionerDiagnosis,
  SignupDiagnosis,
  WorkspaceDiagnosis,
} from '@latchkey/contracts';
import { Questions, QuestionUnanswered } from '@latchkey/shared/messaging';
import { Log } from '@latchkey/shared/observability';
import { ReadDeadLetters } from '@latchkey/shared/operator';
import { Door, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { stages } from '../funnel/stages.js';
import type { Progress } from '../progress/project.js';
import { stuckBy } from '../stuck/customers.js';
import { cutoffOf, stuckRules } from '../stuck/rules.js';
import type { FunnelFacts, TenantFacts } from './facts.js';

/** Asks every owner at once what it knows of a tenant. Silence is kept as silence: it is a finding. */
@Injectable()
export class AskOwners {
  constructor(
    private readonly questions: Questions,
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly deadLetters: ReadDeadLetters,
    private readonly log: Log,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async run(tenantId: string): Promise<TenantFacts> {
    const request = { tenant_id: tenantId };
    const [signup, billing, provisioner, workspace, notifier, funnel] = await Promise.all([
      this.unlessSilent(this.questions.ask(SignupDiagnosis, request)),
      this.unlessSilent(this.questions.ask(BillingDiagnosis, request)),
      this.unlessSilent(this.questions.ask(ProvisionerDiagnosis, request)),
      this.unlessSilent(this.questions.ask(WorkspaceDiagnosis, request)),
      this.unlessSilent(this.questions.ask(NotifierDiagnosis, request)),
      this.funnel(tenantId),
    ]);
    return { signup, 'billing-webhooks': billing, provisioner, workspace, notifier, funnel };
  }

  private async unlessSilent<Reply>(asked: Promise<Reply>): Promise<Reply | null> {
    try {
      return await asked;
    } catch (error) {
      if (!(error instanceof QuestionUnanswered)) throw error;
      this.log.warn('An owner does not answer the doctor.', { err: error });
      return null;
    }
  }

  private async funnel(tenantId: string): Promise<FunnelFacts | null> {
    const dead_letters = await this.deadLetters.ofTenant(tenantId);
    return this.door.read('diagnosis', async () => {
      const [row] = await sql<{ milestones: Progress }>(
        'select milestones from facts.tenant_progress where tenant_id = $1',
        [tenantId],
      );
      if (!row) return null;
      const last = stages.findLast(({ name }) => row.milestones[name]);
      const stuck = await Promise.all(
        stuckRules.map(async (rule) => {
          const cutoff = cutoffOf(rule, this.config, this.clock.nowMs());
          const found = await sql(`select 1 ${stuckBy(rule, '$1')} and c.tenant_id = $2`, [cutoff, tenantId]);
          return found.length > 0 ? [rule.name] : [];
        }),
      );
      return {
        last_stage: last?.name ?? 'none',
        last_stage_at: last ? row.milestones[last.name]!.at : 'never',
        stuck: stuck.flat(),
        dead_letters,
      };
    });
  }
}
