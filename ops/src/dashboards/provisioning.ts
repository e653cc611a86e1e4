import { bars, type DashboardPlan, lines, number, pie, quantile } from './panel.js';

const ended = 'sum(increase(onboarding_provisioning_duration_seconds_count[$__range]))';
const failed = 'sum(increase(onboarding_provisioning_failures_total[$__range]))';

export const provisioning: DashboardPlan = {
  uid: 'latchkey-provisioning',
  title: 'Provisioning',
  description: 'From paid and verified to a working workspace: how long, what fails, what waits.',
  from: 'now-6h',
  rows: [
    {
      title: 'Who paid',
      panels: [
        number('Oldest unresolved', 's', 'Paid, and neither active nor compensated. Alert above 2 minutes.', [
          'max(onboarding_paid_unresolved_oldest_seconds{waits_for=~"provisioning|compensating"})',
          'oldest',
        ]),
        number('Given up', 'percentunit', 'Runs taken back, of all that ended in this span. Alert above 5 %.', [
          `${failed} / (${failed} + ${ended})`,
          'given up',
        ]),
        number('Ready in stock', 'short', 'Warm workspaces nobody has claimed yet.', [
          'max(provisioning_pool_ready)',
          'ready',
        ]),
        bars('Waiting', 'short', 'Paid tenants that wait, by whose move it is.', [
          'max by (waits_for) (onboarding_paid_unresolved)',
          '{{waits_for}}',
        ]),
        pie('Reasons', 'short', 'Why runs were given up in this span (S9).', [
          'sum by (reason) (increase(onboarding_provisioning_failures_total[$__range])) > 0',
          '{{reason}}',
        ]),
      ],
    },
    {
      title: 'How long it takes',
      panels: [
        lines(
          'Paid to ready',
          's',
          'From paid and verified to a working workspace. Alert when half take more than 2 minutes.',
          [quantile(0.5, 'onboarding_provisioning_duration_seconds', ''), 'median'],
          [quantile(0.95, 'onboarding_provisioning_duration_seconds', ''), 'p95'],
          [quantile(0.99, 'onboarding_provisioning_duration_seconds', ''), 'p99'],
        ),
        lines('Finished, by where from', 'short', 'Runs finished in each interval; warm ones came from the stock.', [
          'sum by (warm) (increase(onboarding_provisioning_duration_seconds_count[$__rate_interval]))',
          'warm {{warm}}',
        ]),
        lines('Steps, p95', 's', 'One try at one step.', [
          quantile(0.95, 'onboarding_provisioning_step_duration_seconds', 'step, direction'),
          '{{step}} {{direction}}',
        ]),
        lines('Steps that fail', 'short', 'Tries at a step that failed in each interval, by reason.', [
          'sum by (step, direction, outcome) (increase(onboarding_provisioning_step_duration_seconds_count{outcome!="done"}[$__rate_interval]))',
          '{{step}} {{direction}} {{outcome}}',
        ]),
        lines('Under way', 'short', 'Runs that are not over, by state. Many in retrying wait for a vendor.', [
          'max by (state) (provisioning_runs_open)',
          '{{state}}',
        ]),
        lines('Waits for our own rate, p95', 's', 'How long calls wait so that we stay under a vendor’s rate limit.', [
          quantile(0.95, 'vendor_budget_wait_seconds', 'vendor'),
          '{{vendor}}',
        ]),
      ],
    },
  ],
};
