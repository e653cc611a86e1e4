import { ConfirmCheckout, type ConfirmCheckoutResponse, type TenantStatusResponse } from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { Questions, QuestionUnanswered } from '@latchkey/shared/messaging';
import { Injectable } from '@nestjs/common';
import { DescribeTenant } from './describe-tenant.js';

/**
 * The customer comes back from Stripe, perhaps before the webhook does. Billing then asks Stripe itself, so nobody who
 * paid is asked to pay again (FEATURES lesson 5).
 */
@Injectable()
export class ConfirmPayment {
  constructor(
    private readonly questions: Questions,
    private readonly describeTenant: DescribeTenant,
  ) {}

  async run(sessionId: string): Promise<ConfirmCheckoutResponse> {
    try {
      const { state, tenant_id: tenantId } = await this.questions.ask(ConfirmCheckout, { session_id: sessionId });
      return { state, tenant: tenantId === null ? null : await this.describe(tenantId) };
    } catch (error) {
      if (error instanceof QuestionUnanswered) return { state: 'unanswered', tenant: null };
      throw error;
    }
  }

  private async describe(tenantId: string): Promise<TenantStatusResponse | null> {
    try {
      return await this.describeTenant.run(tenantId);
    } catch (error) {
      if (error instanceof ProblemError) return null;
      throw error;
    }
  }
}
