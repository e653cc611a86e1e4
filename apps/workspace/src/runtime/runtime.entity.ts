import { plans, WorkspaceOpened, type Plan } from '@latchkey/contracts';
import { em, record } from '@latchkey/shared/persistence';
import { defineEntity, p } from '@mikro-orm/core';

export type RuntimeState = 'open' | 'suspended' | 'closed' | 'erased';
export type SuspensionReason = 'payment_failed' | 'operator' | 'abuse' | 'cancelled';

/** Every move there is. `closed` opens again when an operator retries a provisioning that was undone. */
const allowedMoves: Record<RuntimeState, readonly RuntimeState[]> = {
  open: ['suspended', 'closed', 'erased'],
  suspended: ['open', 'closed', 'erased'],
  closed: ['open', 'erased'],
  erased: [],
};

/** A plan's terms as columns. */
function termsOf(plan: Plan) {
  const { limits, models, featuresEnabled } = plans[plan];
  return {
    plan,
    ...limits,
    chatModel: models.chat,
    embeddingModel: models.embedding,
    featuresEnabled: [...featuresEnabled],
  };
}

export interface Grant {
  plan: Plan;
  namespace: string;
  trialEndsAt: Date | null;
}

const RuntimeSchema = defineEntity({
  name: 'Runtime',
  tableName: 'runtime',
  properties: {
    tenantId: p.text().primary(),
    state: p.text().$type<RuntimeState>(),
    suspendedFor: p.text().$type<SuspensionReason>().nullable(),
    plan: p.text().$type<Plan>(),
    /** Where the tenant's vectors live; nothing is ever asked of another namespace. */
    namespace: p.text(),
    // The plan's limits, copied so that one customer's can be raised without a new plan.
    documentsMax: p.integer(),
    queriesPerMonthMax: p.integer(),
    queriesPerMinuteMax: p.integer(),
    apiKeysMax: p.integer(),
    chatModel: p.text(),
    embeddingModel: p.text(),
    featuresEnabled: p.array(),
    /** Documents held now, uploads in progress included. Changed by atomic statements only (quota/quota.ts). */
    documentsUsed: p.integer().default(0),
    openedAt: p.datetime(),
    trialEndsAt: p.datetime().nullable(),
    closedAt: p.datetime().nullable(),
  },
});

/** What a tenant may use: its limits by plan, its models, its place in the vector store. One row per tenant for ever. */
export class Runtime extends RuntimeSchema.class {
  /** A runtime that was never open yet; `open` is the next thing to call. */
  static prepare(tenantId: string, { plan, namespace }: Grant, now: Date): Runtime {
    return em().create(Runtime, { tenantId, state: 'closed', namespace, openedAt: now, ...termsOf(plan) });
  }

  /** Makes the product usable; WorkspaceOpened tells everybody what was granted. */
  open(grant: Grant, now: Date): void {
    this.moveTo('open');
    this.namespace = grant.namespace;
    this.trialEndsAt = grant.trialEndsAt;
    this.openedAt = now;
    this.closedAt = null;
    this.suspendedFor = null;
    this.changePlan(grant.plan);
    record(WorkspaceOpened, this.tenantId, {
      plan: this.plan,
      documents_max: this.documentsMax,
      queries_per_month_max: this.queriesPerMonthMax,
    });
  }

  changePlan(plan: Plan): void {
    Object.assign(this, termsOf(plan));
  }

  /** The end of a subscription is for good: whoever is suspended for a missing payment is so for that reason from then on. */
  suspend(reason: SuspensionReason): 'suspended' | 'already' {
    if (this.state === 'suspended' && reason === 'cancelled') this.suspendedFor = reason;
    if (this.state !== 'open') return 'already';
    this.moveTo('suspended');
    this.suspendedFor = reason;
    return 'suspended';
  }

  /** A payment lifts only what a missing payment caused; an operator's decision is an operator's to lift. */
  resumeAfterPayment(): 'resumed' | 'already' {
    if (this.state !== 'suspended' || this.suspendedFor !== 'payment_failed') return 'already';
    this.moveTo('open');
    this.suspendedFor = null;
    return 'resumed';
  }

  close(now: Date): 'closed' | 'already' {
    if (this.state === 'closed' || this.state === 'erased') return 'already';
    this.moveTo('closed');
    this.closedAt = now;
    return 'closed';
  }

  /** The row stays as a gravestone without content, so that a late repeat of the opening cannot bring the tenant back. */
  erase(now: Date): 'erased' | 'already' {
    if (this.state === 'erased') return 'already';
    this.moveTo('erased');
    this.closedAt ??= now;
    return 'erased';
  }

  private moveTo(next: RuntimeState): void {
    if (!allowedMoves[this.state].includes(next)) {
      throw new Error(`A workspace cannot go from ${this.state} to ${next}.`);
    }
    this.state = next;
  }
}
RuntimeSchema.setClass(Runtime);
