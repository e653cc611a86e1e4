import {
  CloseWorkspace as CloseQuestion,
  ErasureRequested,
  OpenWorkspace as OpenQuestion,
  SubscriptionCancelled,
  SubscriptionChanged,
  TenantSuspended,
  type EventData,
  type QuestionReply,
  type QuestionRequest,
} from '@latchkey/contracts';
import { Answers, OnEvent, type Fact } from '@latchkey/shared/messaging';
import { nameTenant } from '@latchkey/shared/observability';
import { Door } from '@latchkey/shared/persistence';
import { Controller } from '@nestjs/common';
import { EraseTenant } from '../erasure/erase-tenant.js';
import { ChangePlan } from './change-plan.js';
import { CloseWorkspace } from './close-workspace.js';
import { OpenWorkspace } from './open-workspace.js';
import { SuspendWorkspace } from './suspend-workspace.js';

/** Everything the other services tell or ask this one. */
@Controller()
export class RuntimeConsumer {
  constructor(
    private readonly door: Door,
    private readonly openWorkspace: OpenWorkspace,
    private readonly closeWorkspace: CloseWorkspace,
    private readonly changePlan: ChangePlan,
    private readonly suspendWorkspace: SuspendWorkspace,
    private readonly eraseTenant: EraseTenant,
  ) {}

  @Answers(OpenQuestion)
  async open(request: QuestionRequest<typeof OpenQuestion>): Promise<QuestionReply<typeof OpenQuestion>> {
    nameTenant(request.tenant_id);
    return this.door.commit('open-workspace', () => this.openWorkspace.run(request), {
      sharedBy: request.tenant_id,
    });
  }

  @Answers(CloseQuestion)
  async close(request: QuestionRequest<typeof CloseQuestion>): Promise<QuestionReply<typeof CloseQuestion>> {
    nameTenant(request.tenant_id);
    await this.door.commit('close-workspace', () => this.closeWorkspace.run(request.tenant_id, request.epoch));
    return { closed: true };
  }

  @OnEvent(SubscriptionChanged)
  async subscriptionChanged(data: EventData<typeof SubscriptionChanged>, fact: Fact) {
    await this.changePlan.run(fact.tenantId, data);
  }

  /**
   * Nobody pays any more, so nothing is used any more; what is there can be looked at and taken away until the provisioner
   * removes it. A failed provisioning is undone by its run, and a duplicate's end leaves the tenant its first subscription.
   */
  @OnEvent(SubscriptionCancelled)
  async subscriptionCancelled({ reason }: EventData<typeof SubscriptionCancelled>, fact: Fact) {
    if (reason === 'customer' || reason === 'payment_failed')
      await this.suspendWorkspace.run(fact.tenantId, 'cancelled');
  }

  /**
   * A missing payment is heard from billing itself, with the payment that ends it: signup's echo of the one, arriving
   * after the other, would lock out somebody who pays.
   */
  @OnEvent(TenantSuspended)
  async tenantSuspended({ reason }: EventData<typeof TenantSuspended>, fact: Fact) {
    if (reason !== 'payment_failed') await this.suspendWorkspace.run(fact.tenantId, reason);
  }

  @OnEvent(ErasureRequested)
  async erasureRequested(_data: EventData<typeof ErasureRequested>, fact: Fact) {
    await this.eraseTenant.run(fact.tenantId);
  }
}
