import {
  NotifierDiagnosis,
  OperatorReason,
  type MailFacts,
  type QuestionReply,
  type QuestionRequest,
} from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { OperatorGuard } from '@latchkey/shared/http';
import { Answers } from '@latchkey/shared/messaging';
import { audit, ReadDeadLetters } from '@latchkey/shared/operator';
import { Door, em, sql } from '@latchkey/shared/persistence';
import { Body, Controller, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { Message } from '../messages/message.entity.js';
import { ResendEmail } from '../messages/resend-email.js';

/** What the tenant doctor asks of the notifier, and the cure it knows: another try for a welcome mail that failed. */
@Controller('api/notifier/tenants')
export class DiagnosisController {
  constructor(
    private readonly door: Door,
    private readonly resendEmail: ResendEmail,
    private readonly deadLetters: ReadDeadLetters,
  ) {}

  @Answers(NotifierDiagnosis)
  async diagnosis({
    tenant_id,
  }: QuestionRequest<typeof NotifierDiagnosis>): Promise<QuestionReply<typeof NotifierDiagnosis>> {
    const [welcome, verification] = await this.door.read('diagnosis', async () => [
      await this.lastMail(tenant_id, 'welcome'),
      await this.lastMail(tenant_id, 'verification-code'),
    ]);
    return {
      welcome: welcome ?? null,
      verification: verification ?? null,
      dead_letters: await this.deadLetters.ofTenant(tenant_id),
    };
  }

  @Post(':tenant_id/resend-welcome')
  @UseGuards(OperatorGuard)
  @HttpCode(202)
  async resend(
    @Param('tenant_id') tenantId: string,
    @Body({ schema: OperatorReason }) { reason }: OperatorReason,
  ): Promise<{ message_id: string; state: 'queued' }> {
    return this.door.commit('resend-welcome', async () => {
      const newest = { createdAt: 'desc' } as const;
      const message = await em().findOne(Message, { tenantId, template: 'welcome' }, { orderBy: newest });
      if (!message) throw new ProblemError('message_not_found');
      await this.resendEmail.run(message.id);
      await audit({ action: 'resend-welcome', tenantId, target: message.id, reason });
      return { message_id: message.id, state: 'queued' as const };
    });
  }

  private async lastMail(tenantId: string, template: string): Promise<MailFacts | undefined> {
    const iso = (column: string) =>
      `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as ${column}`;
    const instants = ['created_at', 'sent_at', 'delivered_at', 'opened_at', 'bounced_at'].map(iso).join(', ');
    const [mail] = await sql<MailFacts>(
      `select id as message_id, state, reason, attempts, ${instants},
         (select kind from delivery_event e where e.message_id = m.id
          and kind in ('bounce', 'blocked', 'dropped', 'spam_report') order by occurred_at limit 1) as bounced_as
       from message m where tenant_id = $1 and template = $2 order by m.created_at desc limit 1`,
      [tenantId, template],
    );
    return mail;
  }
}
