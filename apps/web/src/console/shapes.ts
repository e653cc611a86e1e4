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
  act: 'resend_welcome' | 'look_closer' | 'write';
}

export interface StuckCustomers {
  stuck_after_payment: StuckCustomer[];
  stuck_after_login: StuckCustomer[];
  stuck_in_wizard: StuckCustomer[];
  totals: Record<string, number>;
  contacts_available: boolean;
}

/** Nulls: signup does not answer, or the tenant was erased. */
export interface Contact {
  company: string | null;
  email: string | null;
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

export interface MailRow {
  id: string;
  template: string;
  state: string;
  reason: string | null;
  created_at: string;
  sent_at: string | null;
  delivered_at: string | null;
  opened_at: string | null;
  clicked_at: string | null;
  bounced_at: string | null;
}

export interface TenantBilling {
  stripe_customer_id: string | null;
  erased_at: string | null;
  checkouts: { checkout_id: string; generation: number; plan: string; state: string; last_error: string | null }[];
  subscriptions: {
    subscription_id: string;
    plan: string;
    status: string;
    trial_ends_at: string | null;
    end_wanted: string | null;
    ended_at: string | null;
    end_reason: string | null;
  }[];
  invoices: { invoice_ref: string; state: string; amount_cents: number; currency: string; attempts: number }[];
  refunds: {
    payment_intent: string;
    reason: string;
    amount_cents: number;
    currency: string;
    refunded_at: string | null;
  }[];
}

export interface Alert {
  id: string;
  kind: string;
  severity: 'info' | 'warning' | 'urgent';
  tenant_id: string | null;
  text: string;
  opened_at: string;
}

export type Ticket = Alert & { tenant_id: string };

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
