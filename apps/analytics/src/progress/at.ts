/** SQL for the time of a milestone of a facts.tenant_progress row; null when it was not reached. */
export function at(milestone: string): string {
  return `(milestones -> '${milestone}' ->> 'at')::timestamptz`;
}

/** SQL that gives an instant as ISO 8601 text with milliseconds: plain SQL hands out PostgreSQL's own spelling. */
export function iso(instant: string): string {
  return `to_char(${instant} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/** SQL that is true for a tenant of whom an operator said that it is a test (FEATURES lesson 20). */
export const isTestTenant = `tenant_id in (select tenant_id from facts.test_tenant)`;
