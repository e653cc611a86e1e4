import {
  ActivationCompleted,
  EmailVerified,
  ErasureRequested,
  ProvisioningAbandoned,
  ProvisioningDelayed,
  Plan,
  TenantCleared,
  TenantExpired,
  TenantStatus,
  TenantSuspended,
  type EventData,
  type CheckoutCompleted,
  type ProvisioningFailed,
  type QuestionAnswered,
  type SubscriptionChanged,
  type TenantProvisioned,
} from '@latchkey/contracts';
import { joinTrace } from '@latchkey/shared/observability';
import { record } from '@latchkey/shared/persistence';
import { defineEntity, p } from '@mikro-orm/core';
import { assertMove, isClosed } from './tenant-moves.js';

/** What a verb did: `already` when the fact was known, `too_late` when the tenant was closed before the fact arrived. */
export type Outcome = 'done' | 'already' | 'too_late';

const TenantSchema = defineEntity({
  name: 'Tenant',
  tableName: 'tenant',
  properties: {
    id: p.text().primary(),
    companyName: p.text(),
    plan: p.text().$type<Plan>(),
    region: p.text(),
    status: p.text().$type<TenantStatus>(),
    createdAt: p.datetime(),
    /** The last time somebody signed up with this tenant, the first time included; older checkouts do not count. */
    signedUpAt: p.datetime(),
    emailVerifiedAt: p.datetime().nullable(),
    paidAt: p.datetime().nullable(),
    clearedAt: p.datetime().nullable(),
    trialEndsAt: p.datetime().nullable(),
    /** Counts clearances; 0 before the first. What the provisioner tells of an earlier one changes nothing any more. */
    generation: p.integer().default(0),
    /** Customer and operators were told that the present clearance takes too long. */
    delayToldAt: p.datetime().nullable(),
    /** When it was certain that the tenant will not become active; from then on the money is on its way back. */
    failedAt: p.datetime().nullable(),
    provisionedAt: p.datetime().nullable(),
    provisioningError: p.text().nullable(),
    compensatedAt: p.datetime().nullable(),
    refundedCents: p.integer().nullable(),
    firstQueryAttemptedAt: p.datetime().nullable(),
    firstQueryAt: p.datetime().nullable(),
    firstDocumentAt: p.datetime().nullable(),
    activationCompletedAt: p.datetime().nullable(),
    erasedAt: p.datetime().nullable(),
    /** W3C trace context of the signup, so that what their payment sets off is found in the same trace. */
    traceparent: p.text().nullable(),
  },
  indexes: [
    { name: 'tenant_status_cleared_at_index', properties: ['status', 'clearedAt'] },
    {
      name: 'tenant_owed_index',
      properties: ['failedAt'],
      where: 'failed_at is not null and compensated_at is null',
    },
  ],
});

/**
 * A customer's company from the first click to its erasure. Facts (paid, verified, first answer) are stored as the
 * moment they became true; wizard progress and "what next" are derived from them (FEATURES section 5, trap 10).
 */
export class Tenant extends TenantSchema.class {
  /** Unpaid signups come back here: a new attempt by the same person resumes instead of blocking the email. */
  resume(wish: { plan: Plan; region: string; companyName: string }, now: Date): void {
    if (this.status === 'expired') this.moveTo('pending_payment');
    this.plan = wish.plan;
    this.region = wish.region;
    this.companyName = wish.companyName;
    this.signedUpAt = now;
  }

  verifyEmail(verificationId: string, now: Date): Outcome {
    if (this.emailVerifiedAt) return 'already';
    this.emailVerifiedAt = now;
    record(EmailVerified, this.id, { verification_id: verificationId });
    this.clearWhenReady(now);
    return 'done';
  }

  /**
   * A payment that arrives for a signup that is closed for good is written down and nothing more: billing cancels that
   * subscription, because TenantExpired told it that this checkout must not be paid.
   */
  markPaid(checkout: EventData<typeof CheckoutCompleted>, replaced: boolean, now: Date): Outcome {
    if (this.paidAt) return 'already';
    this.paidAt = new Date(checkout.completed_at);
    this.trialEndsAt = checkout.trial_ends_at === null ? null : new Date(checkout.trial_ends_at);
    this.plan = checkout.plan;
    if (isClosed(this.status) || replaced) return 'too_late';
    if (this.status === 'expired') this.moveTo('pending_payment');
    this.clearWhenReady(now);
    return 'done';
  }

  /** Both conditions may come first; whichever comes second clears the tenant, exactly once. */
  private clearWhenReady(now: Date): void {
    if (this.status !== 'pending_payment' || !this.paidAt || !this.emailVerifiedAt) return;
    this.clear(now);
  }

  private clear(now: Date): void {
    this.moveTo('provisioning');
    this.clearedAt = now;
    this.generation += 1;
    this.delayToldAt = null;
    this.failedAt = null;
    this.provisioningError = null;
    joinTrace(this.traceparent, 'tenant cleared');
    record(TenantCleared, this.id, {
      plan: this.plan,
      region: this.region,
      trial_ends_at: this.trialEndsAt?.toISOString() ?? null,
      paid_at: (this.paidAt ?? now).toISOString(),
      generation: this.generation,
    });
  }

  expire(reason: EventData<typeof TenantExpired>['reason']): Outcome {
    if (this.status === 'expired') return 'already';
    if (this.paidAt || this.status !== 'pending_payment') return 'too_late';
    this.moveTo('expired');
    record(TenantExpired, this.id, { reason });
    return 'done';
  }

  /** Only who is still being provisioned becomes active: once the money is on its way back it is too late (rule 7). */
  activate({ plan, generation }: EventData<typeof TenantProvisioned>, now: Date): Outcome {
    if (this.status === 'active' || this.status === 'suspended') return 'already';
    if (this.status !== 'provisioning' || this.isOfEarlierClearance(generation)) return 'too_late';
    this.moveTo('active');
    this.plan = plan;
    this.provisionedAt = now;
    return 'done';
  }

  failProvisioning({ step, reason, generation }: EventData<typeof ProvisioningFailed>, now: Date): Outcome {
    if (isClosed(this.status) || this.isOfEarlierClearance(generation)) return 'too_late';
    this.provisioningError = `${step}: ${reason}`;
    if (this.status === 'provisioning_failed') return 'already';
    // Taken back after it was finished: somebody decided against the tenant meanwhile, and the money goes back.
    if (this.status === 'active' || this.status === 'suspended') this.moveTo('cancelled');
    else this.fail(now);
    return 'done';
  }

  /** The customer waits too long: they and the operators are told, once for each clearance. */
  tellDelay(givesUpAt: Date, now: Date): Outcome {
    if (this.status !== 'provisioning' || !this.clearedAt) return 'too_late';
    if (this.delayToldAt) return 'already';
    this.delayToldAt = now;
    record(ProvisioningDelayed, this.id, {
      generation: this.generation,
      waiting_since: this.clearedAt.toISOString(),
      gives_up_at: givesUpAt.toISOString(),
    });
    return 'done';
  }

  /**
   * Signup's own decision that this paid tenant will not become active; it needs nobody else to be alive. Whatever the
   * provisioner tells afterwards comes too late, and it undoes what it has built when it hears of this.
   */
  abandon(because: EventData<typeof ProvisioningAbandoned>['because'], now: Date): Outcome {
    if (this.status === 'provisioning_failed') return 'already';
    if (!this.paidAt || (this.status !== 'provisioning' && this.status !== 'pending_payment')) return 'too_late';
    this.provisioningError = `abandoned: ${because}`;
    this.fail(now);
    this.generation = Math.max(1, this.generation);
    record(ProvisioningAbandoned, this.id, { generation: this.generation, because });
    return 'done';
  }

  /** The money is still not back: said again, as a new decision, in case the first was lost on somebody. */
  insistOnCompensation(now: Date): Outcome {
    if (this.status !== 'provisioning_failed' || this.compensatedAt) return 'too_late';
    this.failedAt = now;
    this.generation += 1;
    record(ProvisioningAbandoned, this.id, { generation: this.generation, because: 'not_compensated' });
    return 'done';
  }

  /** An operator has it tried again, and billing has promised to keep the subscription. */
  reopen(now: Date): Outcome {
    if (this.status === 'provisioning') return 'already';
    if (this.status !== 'provisioning_failed' || this.compensatedAt || !this.emailVerifiedAt) return 'too_late';
    this.clear(now);
    return 'done';
  }

  /**
   * The subscription of a failed provisioning has ended and any charge went back: the promise of F1 is kept. Should the
   * tenant be active all the same, it ends here: nobody is both active and refunded.
   */
  compensate(refundedCents: number, now: Date): Outcome {
    if (this.compensatedAt) return 'already';
    if (this.status === 'erased') return 'too_late';
    if (this.status === 'provisioning' || this.status === 'pending_payment') this.fail(now);
    if (this.status === 'active' || this.status === 'suspended') this.moveTo('cancelled');
    this.compensatedAt = now;
    this.refundedCents = refundedCents;
    return 'done';
  }

  private fail(now: Date): void {
    this.moveTo('provisioning_failed');
    this.failedAt = now;
  }

  /** Until then the customer is shown the way to the checkout. */
  mayStillPay(): boolean {
    return this.status === 'pending_payment' && !this.paidAt;
  }

  /** When signup stops waiting for the provisioner; null while it does not wait. */
  givesUpAt(abandonAfterSeconds: number): Date | null {
    if (this.status !== 'provisioning' || !this.clearedAt) return null;
    return new Date(this.clearedAt.getTime() + abandonAfterSeconds * 1_000);
  }

  /** Facts told before clearances were numbered are about the only one there was. */
  private isOfEarlierClearance(generation: number | undefined): boolean {
    return generation !== undefined && generation < this.generation;
  }

  cancel(): Outcome {
    if (isClosed(this.status)) return 'already';
    this.moveTo('cancelled');
    return 'done';
  }

  /**
   * Stripe's `past_due` is its grace period and changes nothing here; `unpaid` is the end of it and suspends; a
   * subscription that is good again lifts the suspension (VENDORS section 1).
   */
  followSubscription(subscription: EventData<typeof SubscriptionChanged>): Outcome {
    if (isClosed(this.status)) return 'too_late';
    this.plan = subscription.plan;
    this.trialEndsAt = subscription.trial_ends_at === null ? null : new Date(subscription.trial_ends_at);
    if (subscription.status === 'unpaid' && this.status === 'active') {
      this.moveTo('suspended');
      record(TenantSuspended, this.id, { reason: 'payment_failed' });
      return 'done';
    }
    const good = subscription.status === 'active' || subscription.status === 'trialing';
    if (!good || this.status !== 'suspended') return 'already';
    this.moveTo('active');
    return 'done';
  }

  /** Attempts and successes are separate facts (F4); activation is a grounded answer that cites an own document. */
  noteAnswer(answer: EventData<typeof QuestionAnswered>, at: Date): Outcome {
    if (this.status === 'erased') return 'too_late';
    this.noteAttempt(at);
    if (answer.grounded) this.firstQueryAt ??= at;
    if (!answer.grounded || !answer.cites_own_document || this.activationCompletedAt) return 'already';
    this.activationCompletedAt = at;
    record(ActivationCompleted, this.id, {
      plan: this.plan,
      question_id: answer.question_id,
      signed_up_at: this.createdAt.toISOString(),
      seconds_to_activate: this.secondsToActivate() ?? 0,
    });
    return 'done';
  }

  noteAttempt(at: Date): Outcome {
    if (this.firstQueryAttemptedAt) return 'already';
    this.firstQueryAttemptedAt = at;
    return 'done';
  }

  noteDocument(at: Date): Outcome {
    if (this.firstDocumentAt) return 'already';
    this.firstDocumentAt = at;
    return 'done';
  }

  secondsToActivate(): number | null {
    if (!this.activationCompletedAt) return null;
    return Math.max(0, (this.activationCompletedAt.getTime() - this.createdAt.getTime()) / 1_000);
  }

  /** Everything personal goes; the id and the dates stay, so that a late event meets a tenant that says no. */
  erase(now: Date): Outcome {
    if (this.status === 'erased') return 'already';
    this.moveTo('erased');
    this.companyName = '';
    this.erasedAt = now;
    record(ErasureRequested, this.id, { requested_at: now.toISOString() });
    return 'done';
  }

  private moveTo(next: TenantStatus): void {
    assertMove(this.id, this.status, next);
    this.status = next;
  }
}
TenantSchema.setClass(Tenant);
