import {
  ErasureRequested,
  ProvisioningAbandoned,
  ProvisioningFailed,
  TenantExpired,
  TenantSignedUp,
  type EventData,
} from '@latchkey/contracts';
import { OnEvent, type Fact } from '@latchkey/shared/messaging';
import { Controller } from '@nestjs/common';
import { CloseCheckout } from './checkout/close-checkout.js';
import { WishCheckout } from './checkout/wish-checkout.js';
import { EraseCustomer } from './customer/erase-customer.js';
import { CompensateTenant } from './subscription/compensate-tenant.js';

/** Every event billing listens to. */
@Controller()
export class BillingConsumer {
  constructor(
    private readonly wishCheckout: WishCheckout,
    private readonly closeCheckout: CloseCheckout,
    private readonly compensateTenant: CompensateTenant,
    private readonly eraseCustomer: EraseCustomer,
  ) {}

  @OnEvent(TenantSignedUp)
  async tenantSignedUp(
    data: EventData<typeof TenantSignedUp>,
    fact: Fact<EventData<typeof TenantSignedUp>>,
  ): Promise<void> {
    await this.wishCheckout.run(fact.tenantId, data.plan);
  }

  @OnEvent(TenantExpired)
  async tenantExpired(
    data: EventData<typeof TenantExpired>,
    fact: Fact<EventData<typeof TenantExpired>>,
  ): Promise<void> {
    const before = new Date(fact.time);
    if (data.reason === 'replaced') await this.closeCheckout.replaced(fact.tenantId, before);
    else await this.closeCheckout.run(fact.tenantId, before);
  }

  @OnEvent(ProvisioningFailed)
  async provisioningFailed(
    data: EventData<typeof ProvisioningFailed>,
    fact: Fact<EventData<typeof ProvisioningFailed>>,
  ): Promise<void> {
    await this.compensateTenant.run(fact.tenantId, data.generation);
  }

  /** The same decision, made by signup while the provisioner is away. */
  @OnEvent(ProvisioningAbandoned)
  async provisioningAbandoned(
    data: EventData<typeof ProvisioningAbandoned>,
    fact: Fact<EventData<typeof ProvisioningAbandoned>>,
  ): Promise<void> {
    await this.compensateTenant.run(fact.tenantId, data.generation);
  }

  @OnEvent(ErasureRequested)
  async erasureRequested(
    _data: EventData<typeof ErasureRequested>,
    fact: Fact<EventData<typeof ErasureRequested>>,
  ): Promise<void> {
    await this.eraseCustomer.request(fact.tenantId);
  }
}
