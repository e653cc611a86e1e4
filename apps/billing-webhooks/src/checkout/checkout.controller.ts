import {
  ConfirmCheckout as ConfirmCheckoutQuestion,
  OpenCheckout as OpenCheckoutQuestion,
  type QuestionReply,
  type QuestionRequest,
} from '@latchkey/contracts';
import { Answers } from '@latchkey/shared/messaging';
import { Log } from '@latchkey/shared/observability';
import { within } from '@latchkey/shared/time';
import { Controller } from '@nestjs/common';
import { ConfirmCheckout } from './confirm-checkout.js';
import { OpenCheckout } from './open-checkout.js';

/** Answers go out this long before the asker stops waiting. */
const marginMs = 800;

/** The two questions a waiting person's page depends on. A slow Stripe makes the answer "not yet", never silence. */
@Controller()
export class CheckoutController {
  constructor(
    private readonly openCheckout: OpenCheckout,
    private readonly confirmCheckout: ConfirmCheckout,
    private readonly log: Log,
  ) {}

  @Answers(OpenCheckoutQuestion)
  async open(
    request: QuestionRequest<typeof OpenCheckoutQuestion>,
  ): Promise<QuestionReply<typeof OpenCheckoutQuestion>> {
    const waitMs = OpenCheckoutQuestion.timeoutMs - marginMs;
    const { tenant_id: tenantId, plan, email, company_name: companyName } = request;
    const work = this.openCheckout.run({ tenantId, plan, email, companyName }, { waitMs, retryByJob: true });
    return this.within(waitMs, work, { state: 'opening', checkout_url: null });
  }

  @Answers(ConfirmCheckoutQuestion)
  async confirm(
    request: QuestionRequest<typeof ConfirmCheckoutQuestion>,
  ): Promise<QuestionReply<typeof ConfirmCheckoutQuestion>> {
    const work = this.confirmCheckout.run(request.session_id);
    return this.within(ConfirmCheckoutQuestion.timeoutMs - marginMs, work, { state: 'open', tenant_id: null });
  }

  /** Work that takes too long goes on by itself: its result is saved and the next asker gets it. */
  private within<T>(waitMs: number, work: Promise<T>, meanwhile: T): Promise<T> {
    const settled = work.catch((error: unknown) => {
      this.log.error('A question about a checkout could not be answered.', { err: error });
      return meanwhile;
    });
    return within(waitMs, settled, meanwhile);
  }
}
