import { at, isTestTenant } from '../progress/at.js';
import type { StuckRule } from './rules.js';

/**
 * SQL for everybody with an open workspace, with the facts that the stuck rules look at. `is_customer` is false for who
 * left, is suspended, was erased or is a test: nobody writes to those.
 */
export const customers = `
  select *,
    (left_at >= provisioned_at) is not true
      and (suspended_at > coalesce(greatest(paid_at, reactivated_at), '-infinity')) is not true
      and not ${isTestTenant} as is_customer
  from (
    select tenant_id, signed_up_at, milestones,
      ${at('provisioned')} as provisioned_at,
      ${at('last_login')} as last_login_at,
      ${at('attempted_first_query')} as first_attempt_at,
      ${at('succeeded_first_query')} as first_answer_at,
      ${at('last_query')} as last_query_at,
      ${at('uploaded_document')} as first_document_at,
      ${at('completed_activation')} as activated_at,
      ${at('last_left')} as left_at,
      ${at('last_suspended')} as suspended_at,
      ${at('last_paid')} as paid_at,
      ${at('last_reactivated')} as reactivated_at
    from facts.tenant_progress where jsonb_exists(milestones, 'provisioned')
  ) provisioned`;

/**
 * SQL, from `from` on: the customers who are not activated. Most tenants are past that; asking for the key alone is cheaper
 * than reading eleven times of each.
 */
export const openCustomers = `from (${customers}) c where not jsonb_exists(milestones, 'completed_activation') and is_customer`;

/** SQL that is true for an open customer who is stuck by a rule; `cutoff` is the placeholder of the latest `since` that counts. */
export function isStuck({ since, while: condition }: StuckRule, cutoff: string): string {
  return `${since} <= ${cutoff} and ${condition}`;
}

/** SQL, from `from` on: who is stuck by a rule. */
export function stuckBy(rule: StuckRule, cutoff: string): string {
  return `${openCustomers} and ${isStuck(rule, cutoff)}`;
}
