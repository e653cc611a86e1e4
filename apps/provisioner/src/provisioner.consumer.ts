import { Controller } from '@nestjs/common';
import {
  ErasureRequested,
  ProvisioningAbandoned,
  SubscriptionCancelled,
  TenantCleared,
  type EventData,
} from '@latchkey/contracts';
import { OnEvent, type Fact } from '@latchkey/shared/messaging';
import { PlanDeprovisioning } from './deprovisioning/plan-deprovisioning.js';
import { AbandonTenant } from './provisioning/abandon-tenant.js';
import { StartProvisioning } from './provisioning/start-provisioning.js';

/** Every event the provisioner listens to. */
@Controller()
export class ProvisionerConsumer {
  constructor(
    private readonly startProvisioning: StartProvisioning,
    private readonly planDeprovisioning: PlanDeprovisioning,
    private readonly abandonTenant: AbandonTenant,
  ) {}

  @OnEvent(TenantCleared)
  async tenantCleared(data: EventData<typeof TenantCleared>, fact: Fact): Promise<void> {
    await this.startProvisioning.run(fact.tenantId, data, new Date(fact.time));
  }

  /** An operator's decision, or signup's patience at its end. */
  @OnEvent(ProvisioningAbandoned)
  async provisioningAbandoned(data: EventData<typeof ProvisioningAbandoned>, fact: Fact): Promise<void> {
    const because = data.because === 'operator' ? 'operator' : 'deadline';
    const throughGeneration = data.generation;
    await this.abandonTenant.run(fact.tenantId, because, { throughGeneration, finishedToo: true });
  }

  /** Whoever has ended the subscription is not provisioned any more; what is finished stays for the grace. */
  @OnEvent(SubscriptionCancelled)
  async subscriptionCancelled({ reason }: EventData<typeof SubscriptionCancelled>, fact: Fact): Promise<void> {
    if (reason === 'duplicate') return;
    await this.abandonTenant.run(fact.tenantId, 'cancelled', { finishedToo: reason === 'provisioning_failed' });
    await this.planDeprovisioning.afterCancellation(fact.tenantId, reason);
  }

  @OnEvent(ErasureRequested)
  async erasureRequested(_data: EventData<typeof ErasureRequested>, fact: Fact): Promise<void> {
    await this.abandonTenant.run(fact.tenantId, 'erasure');
    await this.planDeprovisioning.now(fact.tenantId);
  }
}
