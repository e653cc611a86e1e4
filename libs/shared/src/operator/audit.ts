import { currentScope } from '../observability/scope.js';
import { doorNow, sql } from '../persistence/transaction.js';

export interface OperatorAct {
  /** A verb and its object: `redrive-dead-letter`, `resume-run`. */
  action: string;
  tenantId?: string;
  /** What it was done to, when that is not the tenant as a whole. Ids only, no personal data. */
  target?: string;
  /** The operator's own words. */
  reason: string;
  /** What came of it; `done` unless said. */
  outcome?: string;
}

/** Who an act is written to when its request named nobody. */
export const unnamedOperator = 'operator';

/**
 * Notes what an operator does, in the open door's commit: the row exists if and only if the act does. Call it in
 * `door.commit`, beside the change. Who it was comes from the request (`x-operator`, see OperatorGuard).
 */
export async function audit(act: OperatorAct): Promise<void> {
  const scope = currentScope();
  await sql(
    `insert into kit.operator_audit (at, operator, action, tenant_id, target, reason, outcome, request_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      doorNow(),
      scope?.operator ?? unnamedOperator,
      act.action,
      act.tenantId ?? null,
      act.target ?? null,
      act.reason,
      (act.outcome ?? 'done').slice(0, 1_000),
      scope?.correlationId ?? '',
    ],
  );
}
