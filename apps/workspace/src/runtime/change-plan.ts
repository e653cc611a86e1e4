import type { Plan } from '@latchkey/contracts';
import { em } from '@latchkey/shared/persistence';
import { LockMode } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { Runtime } from './runtime.entity.js';

/** States in which Stripe is being paid. `past_due` is its patience and changes nothing; `unpaid` is the end of that. */
const paid = new Set(['active', 'trialing']);

/**
 * Gives a tenant the limits of the plan it now pays for; what it already holds above smaller limits stays, and only new
 * things are refused. A tenant that is not open yet gets its plan with the opening.
 */
@Injectable()
export class ChangePlan {
  async run(tenantId: string, change: { plan: Plan; status: string }): Promise<void> {
    const runtime = await em().findOne(Runtime, { tenantId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (!runtime || runtime.state === 'erased') return;
    if (runtime.plan !== change.plan) runtime.changePlan(change.plan);
    if (paid.has(change.status)) runtime.resumeAfterPayment();
    if (change.status === 'unpaid') runtime.suspend('payment_failed');
  }
}
