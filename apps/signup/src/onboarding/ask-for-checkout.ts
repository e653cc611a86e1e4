import { OpenCheckout, type Plan } from '@latchkey/contracts';
import { Questions, QuestionUnanswered } from '@latchkey/shared/messaging';
import { Injectable } from '@nestjs/common';

export interface CheckoutAnswer {
  state: 'opening' | 'open' | 'completed' | 'expired' | 'closed' | 'unanswered';
  url: string | null;
}

/**
 * Asks billing where this tenant pays. Silence is an answer too: the signup is safe without it, billing learns of the
 * tenant by event, and the status endpoint asks again (DESIGN section 4).
 */
@Injectable()
export class AskForCheckout {
  constructor(private readonly questions: Questions) {}

  async run(tenant: { id: string; plan: Plan; email: string; companyName: string }): Promise<CheckoutAnswer> {
    try {
      const reply = await this.questions.ask(OpenCheckout, {
        tenant_id: tenant.id,
        plan: tenant.plan,
        email: tenant.email,
        company_name: tenant.companyName,
      });
      return { state: reply.state, url: reply.checkout_url };
    } catch (error) {
      if (error instanceof QuestionUnanswered) return { state: 'unanswered', url: null };
      throw error;
    }
  }
}
