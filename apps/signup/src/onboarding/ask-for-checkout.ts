import { OpenCheckout, type Plan } from '@latchkey/contracts';
import { Questions, QuestionUnanswered } from '@latchkey/shared/messaging';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';

const rememberedMs = 20_000;
const rememberedMax = 5_000;

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
  private readonly known = new Map<string, { url: string; untilMs: number }>();

  constructor(
    private readonly questions: Questions,
    private readonly clock: Clock,
  ) {}

  /**
   * The same for screens that look again and again: an open page's link is remembered for a moment. Should the page be
   * paid or closed meanwhile, Stripe says so on it.
   */
  async look(tenant: { id: string; plan: Plan; email: string; companyName: string }): Promise<string | null> {
    const known = this.known.get(tenant.id);
    return known && known.untilMs > this.clock.nowMs() ? known.url : (await this.run(tenant)).url;
  }

  async run(tenant: { id: string; plan: Plan; email: string; companyName: string }): Promise<CheckoutAnswer> {
    try {
      const reply = await this.questions.ask(OpenCheckout, {
        tenant_id: tenant.id,
        plan: tenant.plan,
        email: tenant.email,
        company_name: tenant.companyName,
      });
      this.remember(tenant.id, reply.state === 'open' ? reply.checkout_url : null);
      return { state: reply.state, url: reply.checkout_url };
    } catch (error) {
      if (error instanceof QuestionUnanswered) return { state: 'unanswered', url: null };
      throw error;
    }
  }

  private remember(tenantId: string, url: string | null): void {
    if (url === null) return void this.known.delete(tenantId);
    if (this.known.size >= rememberedMax) this.known.clear();
    this.known.set(tenantId, { url, untilMs: this.clock.nowMs() + rememberedMs });
  }
}
