import { bars, type DashboardPlan, lines, number } from './panel.js';

export const onboarding: DashboardPlan = {
  uid: 'latchkey-onboarding',
  title: 'Onboarding funnel',
  description: 'From stranger to activated customer: how many get how far, how long it takes, and who is stuck.',
  from: 'now-7d',
  rows: [
    {
      title: 'The last 30 days',
      panels: [
        number(
          'Activation rate',
          'percent',
          'Signups that got an answer from a document of their own. Empty below 20 signups. Alert under 40 %.',
          ['max(onboarding_activation_rate)', 'activated'],
        ),
        number(
          'First questions without an answer',
          'percent',
          'Of those who asked: who never got an answer with a source. Ours to mend, not theirs (F4).',
          ['max(onboarding_first_query_failure_rate)', 'failed'],
        ),
        number('Time to activate', 'm', 'Half of those who activated needed no longer than this.', [
          'max(onboarding_time_to_activate_minutes{quantile="0.5"})',
          'median',
        ]),
        bars('The funnel', 'short', 'Tenants who reached each stage. Successes only: an attempt is not an answer.', [
          'max by (stage) (onboarding_funnel_tenants)',
          '{{stage}}',
        ]),
        bars(
          'Time to activate, in classes',
          'short',
          'Activated tenants by how long they took from signup to their first own answer (S9).',
          ['max by (bucket) (onboarding_time_to_activate_tenants)', '{{bucket}}'],
        ),
        bars('Stuck customers', 'short', 'Who needs a person now, by list. The console names them.', [
          'max by (list) (onboarding_stuck_customers)',
          '{{list}}',
        ]),
      ],
    },
    {
      title: 'Over time',
      panels: [
        lines('Signups', 'short', 'Tries to sign up in each interval, by what came of them.', [
          'sum by (outcome) (increase(onboarding_signups_total[$__rate_interval]))',
          '{{outcome}}',
        ]),
        lines(
          'At the door',
          'short',
          'Strangers who wait to sign up because those who have paid come first, and how many a second all replicas let in at most. Each finds its own pace.',
          ['sum(signup_waiting)', 'waiting'],
          ['sum(signup_pace_per_second)', 'let in per second'],
        ),
        lines('Drop-off of each step', 'percent', 'Of those at the step before, who is not here. Alert above 40 %.', [
          'max by (stage) (onboarding_step_drop_off_rate)',
          '{{stage}}',
        ]),
        lines('Log-ins', 'short', 'Log-ins in each interval, by what came of them.', [
          'sum by (outcome) (increase(logins_total[$__rate_interval]))',
          '{{outcome}}',
        ]),
        lines('Questions', 'short', 'Questions in each interval, by where they were asked and how they ended.', [
          'sum by (channel, outcome) (increase(workspace_questions_total[$__rate_interval]))',
          '{{channel}} {{outcome}}',
        ]),
        lines('Uploads', 'short', 'Uploads in each interval, by how they ended.', [
          'sum by (outcome) (increase(workspace_documents_total[$__rate_interval]))',
          '{{outcome}}',
        ]),
        lines('Waiting pages', 'short', 'Customers who watch their signup live at this moment.', [
          'sum(status_streams_open)',
          'open',
        ]),
      ],
    },
  ],
};
