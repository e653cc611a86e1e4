import { KeepSubscription, type QuestionReply, type QuestionRequest } from '@latchkey/contracts';
import { Answers } from '@latchkey/shared/messaging';
import { Door, em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Controller } from '@nestjs/common';
import { lockCustomer } from '../customer/customer.entity.js';
import { Subscription } from './subscription.entity.js';

/**
 * Billing's word before a failed tenant is tried again: the wish to end the subscription is withdrawn, or it is too late.
 * Both happen under the customer's lock, so nobody is provisioned and refunded at once.
 */
@Controller()
export class KeepSubscriptionController {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
  ) {}

  @Answers(KeepSubscription)
  async keep({
    tenant_id: tenantId,
    generation,
  }: QuestionRequest<typeof KeepSubscription>): Promise<QuestionReply<typeof KeepSubscription>> {
    return this.door.commit('keep-subscription', async () => {
      await lockCustomer(tenantId, this.clock.now());
      const subscription = await em().findOne(
        Subscription,
        { tenantId, unwanted: false },
        { orderBy: { createdAt: 'desc' } },
      );
      return { kept: subscription?.keep(generation) ?? false };
    });
  }
}
