import { FindTenants, FindTenantsRequest, type Diagnosis, type QuestionReply } from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { OperatorGuard } from '@latchkey/shared/http';
import { Questions, QuestionUnanswered } from '@latchkey/shared/messaging';
import { Clock } from '@latchkey/shared/time';
import { Body, Controller, Get, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { TenantId } from '../journal/read-timeline.js';
import { AskOwners } from './ask-owners.js';
import { diagnose } from './diagnose.js';

/** What is wrong with this one customer (S8, "Debugging Checklist"). */
@Controller('api/analytics/tenants')
@UseGuards(OperatorGuard)
export class DoctorController {
  constructor(
    private readonly askOwners: AskOwners,
    private readonly questions: Questions,
    private readonly clock: Clock,
  ) {}

  @Get(':tenant_id/diagnosis')
  async diagnosis(@Param('tenant_id', { schema: TenantId }) tenantId: string): Promise<Diagnosis> {
    const facts = await this.askOwners.run(tenantId);
    if (facts.signup && !facts.signup.tenant) throw new ProblemError('unknown_tenant');
    return diagnose(tenantId, facts, this.clock.now());
  }

  /** An address goes in the body and to its owner, and is neither kept nor logged here (DESIGN rule 10). */
  @Post('find')
  @HttpCode(200)
  async find(
    @Body({ schema: FindTenantsRequest }) { email }: FindTenantsRequest,
  ): Promise<QuestionReply<typeof FindTenants>> {
    try {
      return await this.questions.ask(FindTenants, { email });
    } catch (error) {
      if (!(error instanceof QuestionUnanswered)) throw error;
      throw new ProblemError('upstream_unavailable', {
        detail: 'Signup is not answering, and only signup knows addresses.',
      });
    }
  }
}
