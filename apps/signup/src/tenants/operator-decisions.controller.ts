import {
  AbandonProvisioning,
  KeepSubscription,
  ReopenProvisioning,
  type QuestionReply,
  type QuestionRequest,
  type TenantStatus,
} from '@latchkey/contracts';
import { Answers, Questions, QuestionUnanswered } from '@latchkey/shared/messaging';
import { Door, em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { LockMode } from '@mikro-orm/core';
import { Controller } from '@nestjs/common';
import { AnnounceTenant } from './announce-tenant.js';
import { Tenant, type Outcome } from './tenant.entity.js';

/** What operators decide about a tenant's lifecycle, asked through the provisioner's operator routes, which keep the audit. */
@Controller()
export class OperatorDecisions {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly questions: Questions,
    private readonly announce: AnnounceTenant,
  ) {}

  @Answers(AbandonProvisioning)
  async abandon({
    tenant_id: tenantId,
  }: QuestionRequest<typeof AbandonProvisioning>): Promise<QuestionReply<typeof AbandonProvisioning>> {
    const { outcome, status } = await this.change(tenantId, (tenant) => tenant.abandon('operator', this.clock.now()));
    if (outcome === 'too_late') return { outcome: 'not_possible', status };
    return { outcome: outcome === 'done' ? 'abandoned' : 'already', status };
  }

  /**
   * Billing promises first, then the tenant is cleared again. Dying in between leaves a failed tenant whose money does
   * not go back: the watch over paid tenants insists on it after its deadline, under a number billing has not forgiven.
   */
  @Answers(ReopenProvisioning)
  async reopen({
    tenant_id: tenantId,
  }: QuestionRequest<typeof ReopenProvisioning>): Promise<QuestionReply<typeof ReopenProvisioning>> {
    const tenant = await this.door.read('reopen-tenant', () => em().findOne(Tenant, { id: tenantId }));
    const status = tenant?.status ?? null;
    if (!tenant || tenant.status !== 'provisioning_failed' || !tenant.emailVerifiedAt)
      return { outcome: 'not_possible', status };
    if (tenant.compensatedAt) return { outcome: 'money_goes_back', status };
    try {
      const { kept } = await this.questions.ask(KeepSubscription, {
        tenant_id: tenantId,
        generation: Math.max(1, tenant.generation),
      });
      if (!kept) return { outcome: 'money_goes_back', status };
    } catch (error) {
      if (!(error instanceof QuestionUnanswered)) throw error;
      return { outcome: 'billing_silent', status };
    }
    const reopened = await this.change(tenantId, (locked) =>
      // A decision made since then was not forgiven by billing: its number is higher than the one we asked about.
      locked.generation === tenant.generation ? locked.reopen(this.clock.now()) : 'too_late',
    );
    return { outcome: reopened.outcome === 'too_late' ? 'not_possible' : 'reopened', status: reopened.status };
  }

  private async change(
    tenantId: string,
    verb: (tenant: Tenant) => Outcome,
  ): Promise<{ outcome: Outcome; status: TenantStatus | null }> {
    return this.door.commit('operator-decision', async () => {
      const tenant = await em().findOne(Tenant, { id: tenantId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!tenant) return { outcome: 'too_late', status: null };
      const outcome = verb(tenant);
      if (outcome === 'done') this.announce.afterCommit(tenantId);
      return { outcome, status: tenant.status };
    });
  }
}
