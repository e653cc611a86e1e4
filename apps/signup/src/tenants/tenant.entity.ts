import {
  ActivationCompleted,
  EmailVerified,
  ErasureRequested,
  Plan,
  TenantCleared,
  TenantExpired,
  TenantStatus,
  TenantSuspended,
  type EventData,
  type CheckoutCompleted,
  type QuestionAnswered,
  type SubscriptionChanged,
} from '@latchkey/contracts';
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
    status: p.text().$type<TenantStatus>().index(),
    createdAt: p.datetime(),
    /** The last time somebody signed up with this tenant, the first time included; older checkouts do not count. */
    signedUpAt: p.datetime(),
    emailVerifiedAt: p.datetime().nullable(),
    paidAt: p.datetime().nullable(),
    clearedAt: p.datetime().nullable(),
    trialEndsAt: p.datetime().nullable(),
    provisionedAt: p.datetime().nullable(),
    provisioningError: p.text().nullable(),
    compensatedAt: p.datetime().nullable(),
    refundedCents: p.integer().nullable(),
    firstQueryAttemptedAt: p.datetime().nullable(),
    firstQueryAt: p.datetime().nullable(),
    firstDocumentAt: p.datetime().nullable(),
    activationCompletedAt: p.datetime().nullable(),
    erasedAt: p.datetime().nullable(),
  },
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
    this.moveTo('provisioning');
    this.clearedAt = now;
    record(TenantCleared, this.id, {
      plan: this.plan,
      region: this.region,
      trial_ends_at: this.trialEndsAt?.toISOString() ?? null,
      paid_at: this.paidAt.toISOString(),
    });
  }

  expire(reason: EventData<typeof TenantExpired>['reason']): Outcome {
    if (this.status === 'expired') return 'already';
    if (this.paidAt || this.status !== 'pending_payment') return 'too_late';
    this.moveTo('expired');
    record(TenantExpired, this.id, { reason });
    return 'done';
  }

  activate(plan: Plan, now: Date): Outcome {
    if (this.status === 'active' || this.status === 'suspended') return 'already';
    if (isClosed(this.status) || this.compensatedAt) return 'too_late';
    if (this.status === 'provisioning_failed') this.moveTo('provisioning');
    this.moveTo('active');
    this.plan = plan;
    this.provisionedAt = now;
    this.provisioningError = null;
    return 'done';
  }

  failProvisioning(step: string, reason: string): Outcome {
    if (isClosed(this.status)) return 'too_late';
    this.provisioningError = `${step}: ${reason}`;
    if (this.status === 'provisioning_failed') return 'already';
    this.moveTo('provisioning_failed');
    return 'done';
  }

  /** The subscription of a failed provisioning has ended and any charge went back: the promise of F1 is kept. */
  compensate(refundedCents: number, now: Date): Outcome {
    if (this.compensatedAt) return 'already';
    if (isClosed(this.status)) return 'too_late';
    if (this.status === 'provisioning') this.moveTo('provisioning_failed');
    this.compensatedAt = now;
    this.refundedCents = refundedCents;
    return 'done';
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
