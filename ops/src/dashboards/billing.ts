import { bars, type DashboardPlan, lines, number, quantile } from './panel.js';

export const billing: DashboardPlan = {
  uid: 'latchkey-billing',
  title: 'Billing',
  description: 'Checkouts, what Stripe tells us, and money that has to go back.',
  from: 'now-24h',
  rows: [
    {
      title: 'Money',
      panels: [
        number('Paid', 'currencyUSD', 'What customers paid in this span.', [
          'sum(increase(billing_paid_cents_total{currency="usd"}[$__range])) / 100',
          'paid',
        ]),
        number('Given back', 'currencyUSD', 'What went back in this span, for whatever reason.', [
          'sum(increase(billing_refunded_cents_total{currency="usd"}[$__range])) / 100',
          'refunded',
        ]),
        number('Owed', 'short', 'Subscriptions that must end or whose money is not all back.', [
          'max(billing_compensations_pending)',
          'open',
        ]),
        number('Oldest owed', 's', 'Age of the oldest of them. Alert above 10 minutes.', [
          'max(billing_compensation_oldest_seconds)',
          'oldest',
        ]),
        bars('Refunds by reason', 'short', 'Payments given back in this span. Ours is provisioning_failed.', [
          'sum by (reason) (increase(billing_refunds_total[$__range]))',
          '{{reason}}',
        ]),
      ],
    },
    {
      title: 'Checkout and compensation',
      panels: [
        lines('Payment pages', 'short', 'Pages asked of Stripe in each interval, by outcome.', [
          'sum by (outcome) (increase(billing_checkouts_total[$__rate_interval]))',
          '{{outcome}}',
        ]),
        lines('Tries to compensate', 'short', 'In each interval, by reason and outcome.', [
          'sum by (reason, outcome) (increase(billing_compensation_attempts_total[$__rate_interval]))',
          '{{reason}} {{outcome}}',
        ]),
      ],
    },
    {
      title: 'What Stripe tells us',
      panels: [
        lines('Webhooks', 'short', 'Deliveries in each interval by outcome. Refused signatures are somebody else’s.', [
          'sum by (outcome) (increase(stripe_webhooks_total[$__rate_interval]))',
          '{{outcome}}',
        ]),
        lines('Applied', 'short', 'Stored events in each interval by what applying them came to.', [
          'sum by (kind, outcome) (increase(stripe_events_applied_total[$__rate_interval]))',
          '{{kind}} {{outcome}}',
        ]),
        lines('Not applied yet', 's', 'Age of the oldest stored event that is not applied.', [
          'max(stripe_event_waiting_oldest_seconds)',
          'oldest',
        ]),
        lines('Behind Stripe’s lists', 's', 'How long ago all that Stripe lists had passed by us.', [
          'max by (list) (stripe_walk_behind_seconds)',
          '{{list}}',
        ]),
        lines('Found without a webhook', 'short', 'Events in each interval that only the reconciler found.', [
          'sum by (type) (increase(stripe_events_found_total[$__rate_interval]))',
          '{{type}}',
        ]),
        lines('Stripe, p95', 's', 'Time Stripe takes to answer, by call.', [
          quantile(0.95, 'vendor_request_duration_seconds', 'operation', '{vendor="stripe"}'),
          '{{operation}}',
        ]),
      ],
    },
  ],
};
