import { stages } from './stages.js';

/** What each number of the funnel means, in the answer itself: nobody has to trust a name. */
export const definitions: Record<string, string> = {
  cohort: 'Tenants who signed up within the last `days` days, without test tenants. Every number below is about them.',
  ...Object.fromEntries(stages.map(({ name, text }) => [name, text])),
  'conversion_rates.payment_rate': 'completed_payment of total_signups, in percent.',
  'conversion_rates.login_rate': 'Who paid and logged in, of completed_payment.',
  'conversion_rates.upload_rate': 'Who logged in and uploaded a document, of logged_in.',
  'conversion_rates.activation_rate': 'completed_activation of total_signups.',
  activation_rate: 'The same as conversion_rates.activation_rate. Successes only (F4).',
  first_query_failure_rate: 'Who asked and never got an answer with a source, of attempted_first_query.',
  failure_reasons: 'Tenants who met this reason before their first answer with a source; one tenant may meet several.',
  time_to_activate:
    'From signup to activation, of those who activated; buckets include their lower and exclude their upper bound.',
  time_to_provision: 'From paid and verified to the open workspace, of those provisioned.',
  cleared_for_provisioning: 'Tenants who paid and verified, whose provisioning therefore began.',
  provisioning_failure_rate: 'Tenants with a provisioning that was given up, of cleared_for_provisioning.',
  provisioning_failures_by_reason:
    'Tenants with a provisioning that was given up for this reason, also if a later one succeeded.',
  document_rejections_by_reason: 'Tenants with at least one upload rejected for this reason.',
  'steps.reached': 'Tenants at this stage.',
  'steps.drop_off_rate':
    'Of those at the stage before, who is not at this one, in percent. Optional stages are no step.',
};
