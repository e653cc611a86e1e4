import { WorkspaceDiagnosis, type QuestionReply, type QuestionRequest } from '@latchkey/contracts';
import { Answers } from '@latchkey/shared/messaging';
import { ReadDeadLetters } from '@latchkey/shared/operator';
import { Door, sql } from '@latchkey/shared/persistence';
import { Controller } from '@nestjs/common';

type Reply = QuestionReply<typeof WorkspaceDiagnosis>;

/** What the tenant doctor asks of the workspace: is it open, and do questions and uploads succeed. */
@Controller()
export class DiagnosisController {
  constructor(
    private readonly door: Door,
    private readonly deadLetters: ReadDeadLetters,
  ) {}

  @Answers(WorkspaceDiagnosis)
  async diagnosis({ tenant_id }: QuestionRequest<typeof WorkspaceDiagnosis>): Promise<Reply> {
    const [workspace] = await this.door.read('diagnosis', () =>
      sql<NonNullable<Reply['workspace']>>(
        `select r.state, r.suspended_for,
           (select count(*)::int from api_key k where k.tenant_id = r.tenant_id and k.state <> 'revoked') as living_keys,
           q.answered as questions_answered, q.failed as questions_failed, q.in_a_row as failed_in_a_row, q.last_failure,
           d.indexed as documents_indexed, d.rejected as documents_rejected, d.last_rejection
         from runtime r,
           lateral (
             select count(*) filter (where state = 'answered')::int as answered,
               count(*) filter (where state = 'failed')::int as failed,
               count(*) filter (where state = 'failed' and finished_at > coalesce(
                 (select max(finished_at) from question a where a.tenant_id = r.tenant_id and a.state = 'answered'), '-infinity'
               ))::int as in_a_row,
               (array_agg(failure order by finished_at desc) filter (where state = 'failed'))[1] as last_failure
             from question where tenant_id = r.tenant_id
           ) q,
           lateral (
             select count(*) filter (where state = 'indexed')::int as indexed,
               count(*) filter (where state = 'rejected')::int as rejected,
               (array_agg(rejected_for order by finished_at desc) filter (where state = 'rejected'))[1] as last_rejection
             from document where tenant_id = r.tenant_id
           ) d
         where r.tenant_id = $1`,
        [tenant_id],
      ),
    );
    return { workspace: workspace ?? null, dead_letters: await this.deadLetters.ofTenant(tenant_id) };
  }
}
