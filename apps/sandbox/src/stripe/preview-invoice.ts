import { StripeError, missing } from './errors.js';
import { read } from './form.js';
import { newInvoice } from './invoices.js';
import type { Operation } from './operation.js';
import { addInterval, endsWithPeriod, periodEnd, periodLines } from './subscription-life.js';
import type { Subscription } from './subscriptions.js';

/** What the next period will cost, prorations included. Nothing is stored and nobody is told. */
export const previewOperations: readonly Operation[] = [
  {
    method: 'POST',
    path: '/v1/invoices/create_preview',
    params: 'invoices.createPreview',
    supported: ['subscription', 'expand'],
    run: (world, { params }) => {
      const id = read.text(params, 'subscription') ?? '';
      const subscription = world.subscriptions.get(id);
      if (!subscription) throw missing('subscription', id);
      if (subscription.status === 'canceled' || endsWithPeriod(subscription)) throw noneUpcoming(subscription);
      const start = periodEnd(subscription);
      const data = subscription.items.data.map((item) => ({
        ...item,
        current_period_start: start,
        current_period_end: addInterval(start, item.plan.interval, item.plan.interval_count),
      }));
      const next: Subscription = { ...subscription, items: { ...subscription.items, data } };
      const lines = [...(world.prorations.get(id) ?? []), ...periodLines(next, false)];
      const preview = newInvoice(world, next, 'upcoming', lines);
      return { ...preview, id: `upcoming_${preview.id}`, period_end: start, next_payment_attempt: start + 3600 };
    },
  },
];

function noneUpcoming({ customer }: Subscription): StripeError {
  return new StripeError(404, {
    type: 'invalid_request_error',
    code: 'invoice_upcoming_none',
    message: `No upcoming invoices for customer: ${customer}`,
  });
}
