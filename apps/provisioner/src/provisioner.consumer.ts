import { Controller } from '@nestjs/common';
import { ErasureRequested, SubscriptionCancelled, TenantCleared, type EventData } from '@latchkey/contracts';
import { OnEvent, type Fact } from '@latchkey/shared/messaging';
import { PlanDeprovisioning } from './deprovisioning/plan-deprovisioning.js';
import { StartProvisioning } from './provisioning/start-provisioning.js';

/** Every event the provisioner listens to. */
@Controller()
export class ProvisionerConsumer {
  constructor(
    private readonly startProvisioning: StartProvisioning,
    private readonly planDeprovisioning: PlanDeprovisioning,
  ) {}

  @OnEvent(TenantCleared)
  async tenantCleared(data: EventData<typeof TenantCleared>, fact: Fact): Promise<void> {
    await this.startProvisioning.run(fact.tenantId, data, new Date(fact.time));
  }

  @OnEvent(SubscriptionCancelled)
  async subscriptionCancelled(data: EventData<typeof SubscriptionCancelled>, fact: Fact): Promise<void> {
    await this.planDeprovisioning.afterCancellation(fact.tenantId, data.reason);
  }

  @OnEvent(ErasureRequested)
  async erasureRequested(_data: EventData<typeof ErasureRequested>, fact: Fact): Promise<void> {
    await this.planDeprovisioning.now(fact.tenantId);
  }
}
