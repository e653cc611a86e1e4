import { bars, type DashboardPlan, lines, number } from './panel.js';

const units = 'increase(vendor_units_total[$__range])';
const priced = `${units} * on (vendor, unit) group_left () latchkey:vendor_price_usd`;
const stripeShare = '0.029 * sum(increase(billing_paid_cents_total{currency="usd"}[$__range])) / 100';
const tenants = 'sum(increase(onboarding_provisioning_duration_seconds_count[$__range]))';

export const cost: DashboardPlan = {
  uid: 'latchkey-cost',
  title: 'Cost',
  description:
    'What vendors charge for, at the prices of ops/alerts/cost.yml, and the CPU it takes. Put your contract’s prices there; machines and flat fees are not in it.',
  from: 'now-30d',
  rows: [
    {
      title: 'In this span',
      panels: [
        number('Vendors, in all', 'currencyUSD', 'Metered use at list prices, and Stripe’s share of what was paid.', [
          `sum(${priced}) + (${stripeShare} or vector(0))`,
          'cost',
        ]),
        number('Per new tenant', 'currencyUSD', 'The same, divided by the tenants that became active.', [
          `(sum(${priced}) + (${stripeShare} or vector(0))) / ${tenants}`,
          'each',
        ]),
        number('CPU per new tenant', 's', 'CPU of all our processes in this span, divided by new tenants.', [
          `sum(increase(process_cpu_seconds_total{job!="prometheus"}[$__range])) / ${tenants}`,
          'each',
        ]),
        bars('By vendor', 'currencyUSD', 'Metered use at list prices.', [`sum by (vendor) (${priced})`, '{{vendor}}']),
        bars('Units', 'short', 'What the vendors count.', [`sum by (vendor, unit) (${units})`, '{{vendor}} {{unit}}']),
      ],
    },
    {
      title: 'Over time',
      panels: [
        lines('Cost per hour', 'currencyUSD', 'Metered use at list prices, as if it went on like this for an hour.', [
          'sum by (vendor) (rate(vendor_units_total[$__rate_interval]) * on (vendor, unit) group_left () latchkey:vendor_price_usd) * 3600',
          '{{vendor}}',
        ]),
        lines('Tokens', 'short', 'OpenAI’s tokens in each interval.', [
          'sum by (unit) (increase(vendor_units_total{vendor="openai"}[$__rate_interval]))',
          '{{unit}}',
        ]),
      ],
    },
  ],
};
