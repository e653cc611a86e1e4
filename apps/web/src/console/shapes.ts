/** What the operators' routes answer, as far as the console shows it; described in the README of each service. */
export interface Funnel {
  total_signups: number;
  completed_activation: number;
  activation_rate: number;
  provisioning_failure_rate: number;
  first_query_failure_rate: number;
  provisioning_failures_by_reason: Record<string, number>;
  failure_reasons: Record<string, number>;
  time_to_activate: {
    median_minutes: number | null;
    p90_minutes: number | null;
    histogram: { bucket: string; count: number }[];
  };
  time_to_provision: { median_seconds: number | null; p99_seconds: number | null };
  steps: { stage: string; text: string; reached: number; dropped: number; drop_off_rate: number }[];
}

export interface StageTenants {
  total: number;
  tenants: { tenant_id: string; reached_at: string }[];
}

export interface StuckCustomer {
  tenant_id: string;
  company: string | null;
  email: string | null;
  plan: string | null;
  hours_stuck: number;
  welcome_mail: string;
  recommended_action: string;
}

export interface StuckCustomers {
  stuck_after_payment: StuckCustomer[];
  stuck_after_login: StuckCustomer[];
  stuck_in_wizard: StuckCustomer[];
  totals: Record<string, number>;
  contacts_available: boolean;
}

export interface Timeline {
  total_events: number;
  events: { event_id: string; type: string; occurred_at: string; data: Record<string, unknown> }[];
}

export interface Run {
  run_id: string;
  tenant_id: string;
  generation: number;
  state: string;
  warm: boolean;
  failures: number;
  failed_step: string | null;
  failure_reason: string | null;
  waits_for: string | null;
  cleared_at: string;
  next_attempt_at: string | null;
  finished_at: string | null;
}

export interface Act {
  id: string;
  at: string;
  operator: string;
  action: string;
  tenant_id: string | null;
  target: string | null;
  reason: string;
  outcome: string;
}
