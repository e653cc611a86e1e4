import type { EventData, CustomerStuck } from '@latchkey/contracts';
import type { Config } from '../config.js';

export type StuckRuleName = EventData<typeof CustomerStuck>['rule'];

export interface StuckRule {
  name: StuckRuleName;
  /** Its list in the answer of /api/analytics/stuck-customers. */
  list: 'stuck_after_payment' | 'stuck_after_login' | 'stuck_in_wizard';
  /** Column of `customers` (customers.ts): from when on the customer could have moved. */
  since: 'provisioned_at' | 'first_answer_at';
  /** SQL over `customers`: true as long as the customer has not moved. */
  while: string;
  hours: (config: Config) => number;
  recommendedAction: string;
}

/**
 * Who needs a person (S4.5, S9). In S4.5 "logged in" is the first query; here logins are facts of their own, so "never
 * came" means neither a login since the workspace stands nor a question, by browser or by key.
 */
export const stuckRules: readonly StuckRule[] = [
  {
    name: 'after_payment',
    list: 'stuck_after_payment',
    since: 'provisioned_at',
    while: `first_attempt_at is null and (last_login_at > provisioned_at) is not true`,
    hours: (config) => config.STUCK_AFTER_PAYMENT_HOURS,
    recommendedAction: 'Write personally with the login link, and ask what keeps them from starting.',
  },
  {
    name: 'after_login',
    list: 'stuck_after_login',
    since: 'first_answer_at',
    while: `first_document_at is null`,
    hours: (config) => config.STUCK_AFTER_LOGIN_HOURS,
    recommendedAction: 'Ask which documents they want to search, and offer to upload the first one together.',
  },
  {
    name: 'in_wizard',
    list: 'stuck_in_wizard',
    since: 'provisioned_at',
    while: 'true',
    hours: (config) => config.STUCK_IN_WIZARD_HOURS,
    recommendedAction: 'Offer a 15-minute walkthrough of the remaining steps.',
  },
];

/** The latest moment from which on somebody must have stood still to be stuck now, as ISO 8601. */
export function cutoffOf(rule: StuckRule, config: Config, nowMs: number): string {
  return new Date(nowMs - rule.hours(config) * 3_600_000).toISOString();
}
