import {
  CheckoutCompleted,
  CheckoutExpired,
  DocumentIndexed,
  ProvisioningFailed,
  QuestionAnswered,
  QuestionFailed,
  SubscriptionCancelled,
  SubscriptionChanged,
  TenantProvisioned,
  type EventData,
} from '@latchkey/contracts';
import { OnEvent, type Fact } from '@latchkey/shared/messaging';
import { em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Controller } from '@nestjs/common';
import { Account } from './account.entity.js';
import { ChangeTenant } from './change-tenant.js';
import { Tenant } from './tenant.entity.js';

/** Every fact of others that moves a tenant: the table of contents of its lifecycle. */
@Controller()
export class TenantConsumer {
  constructor(
    private readonly changeTenant: ChangeTenant,
    private readonly clock: Clock,
  ) {}

  @OnEvent(CheckoutCompleted)
  async checkoutCompleted(data: EventData<typeof CheckoutCompleted>, fact: Fact): Promise<void> {
    await this.changeTenant.run(fact.tenantId, async (tenant) =>
      tenant.markPaid(data, await isReplaced(tenant), this.clock.now()),
    );
  }

  /** A page that closed before the customer came back is an older one than the one now open, whenever we hear of it. */
  @OnEvent(CheckoutExpired)
  async checkoutExpired(data: EventData<typeof CheckoutExpired>, fact: Fact): Promise<void> {
    const expiredAt = new Date(data.expired_at ?? fact.time);
    await this.changeTenant.run(fact.tenantId, (tenant) =>
      expiredAt < tenant.signedUpAt ? 'already' : tenant.expire('checkout_expired'),
    );
  }

  @OnEvent(TenantProvisioned)
  async tenantProvisioned(data: EventData<typeof TenantProvisioned>, fact: Fact): Promise<void> {
    await this.changeTenant.run(fact.tenantId, (tenant) => tenant.activate(data, this.clock.now()));
  }

  @OnEvent(ProvisioningFailed)
  async provisioningFailed(data: EventData<typeof ProvisioningFailed>, fact: Fact): Promise<void> {
    await this.changeTenant.run(fact.tenantId, (tenant) => tenant.failProvisioning(data, this.clock.now()));
  }

  /** A cancelled duplicate is not the tenant's subscription: only a tenant that must not have one ends with it. */
  @OnEvent(SubscriptionCancelled)
  async subscriptionCancelled(data: EventData<typeof SubscriptionCancelled>, fact: Fact): Promise<void> {
    await this.changeTenant.run(fact.tenantId, (tenant) => {
      if (data.reason === 'provisioning_failed') return tenant.compensate(data.refunded_cents, this.clock.now());
      if (data.reason === 'duplicate' && tenant.status !== 'expired') return 'already';
      return tenant.cancel();
    });
  }

  @OnEvent(SubscriptionChanged)
  async subscriptionChanged(data: EventData<typeof SubscriptionChanged>, fact: Fact): Promise<void> {
    await this.changeTenant.run(fact.tenantId, (tenant) => tenant.followSubscription(data));
  }

  @OnEvent(QuestionAnswered)
  async questionAnswered(data: EventData<typeof QuestionAnswered>, fact: Fact): Promise<void> {
    await this.changeTenant.run(fact.tenantId, (tenant) => tenant.noteAnswer(data, new Date(fact.time)));
  }

  @OnEvent(QuestionFailed)
  async questionFailed(_data: EventData<typeof QuestionFailed>, fact: Fact): Promise<void> {
    await this.changeTenant.run(fact.tenantId, (tenant) => tenant.noteAttempt(new Date(fact.time)));
  }

  @OnEvent(DocumentIndexed)
  async documentIndexed(_data: EventData<typeof DocumentIndexed>, fact: Fact): Promise<void> {
    await this.changeTenant.run(fact.tenantId, (tenant) => tenant.noteDocument(new Date(fact.time)));
  }
}

/** A signup was replaced when its account no longer holds the email. */
async function isReplaced(tenant: Tenant): Promise<boolean> {
  const accounts = await em().find(Account, { tenantId: tenant.id });
  return accounts.every(({ claimedEmail }) => claimedEmail == null);
}
