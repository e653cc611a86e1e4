import type { Diagnosis } from '@latchkey/contracts';
import { safeActions } from './actions.js';
import { findCause } from './causes.js';
import { checkEverything } from './checks.js';
import type { TenantFacts } from './facts.js';

/** From what the owners said to one sentence, the checks behind it and what can safely be done. Pure: it asks nobody. */
export function diagnose(tenantId: string, facts: TenantFacts, now: Date): Diagnosis {
  const { code, sentence, healthy } = findCause(facts);
  return {
    tenant_id: tenantId,
    at: now.toISOString(),
    status: facts.signup?.tenant?.status ?? null,
    healthy,
    code,
    cause: sentence,
    checks: checkEverything(facts),
    actions: safeActions(tenantId, facts),
  };
}
