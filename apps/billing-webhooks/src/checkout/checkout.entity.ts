import { CheckoutCompleted, CheckoutExpired, type Plan } from '@latchkey/contracts';
import { record } from '@latchkey/shared/persistence';
import { defineEntity, p } from '@mikro-orm/core';

export type CheckoutState = 'wanted' | 'opening' | 'open' | 'completed' | 'expired' | 'closed';

/** The only moves there are. `closed` is ours (nobody may pay here any more), `expired` is Stripe's. */
const moves: Record<CheckoutState, readonly CheckoutState[]> = {
  wanted: ['opening', 'closed'],
  opening: ['open', 'completed', 'expired', 'closed'],
  open: ['completed', 'expired', 'closed'],
  completed: [],
  expired: [],
  closed: [],
};

const minute = 60_000;
/** A first look two minutes after opening, for a lost webhook; then less and less often until Stripe closes the page. */
const checkPausesMs = [2, 4, 8, 16, 32, 60].map((minutes) => minutes * minute);
/**
 * Stripe forgets idempotency keys after 24 hours and replays a stored 500 until then, so an old key is not used again.
 * A session that an older key may have left behind cannot be paid: nobody was ever given its link.
 */
const keyMaxAgeMs = 20 * minute;

/** How long an ask for another page counts: if that one never came about, the tenant was abandoned all the same. */
const supersededForMs = 5 * minute;

const CheckoutSchema = defineEntity({
  name: 'Checkout',
  tableName: 'checkout',
  properties: {
    id: p.text().primary(),
    tenantId: p.text(),
    /** Counts the tenant's checkouts; the next one is opened when this one expired. */
    generation: p.integer(),
    plan: p.text().$type<Plan>(),
    state: p.text().$type<CheckoutState>(),
    /** Until then one process is talking to Stripe about it. */
    openingUntil: p.datetime(3).nullable(),
    keyGeneration: p.integer(),
    keySince: p.datetime(3),
    sessionId: p.text().nullable().unique(),
    url: p.text().nullable(),
    expiresAt: p.datetime(3).nullable(),
    /** A newer one is asked for: when this one expires, the tenant was not abandoned. */
    supersededAt: p.datetime(3).nullable(),
    completedAt: p.datetime(3).nullable(),
    /** When the sweep must look at it; empty once nothing more can happen. */
    checkAt: p.datetime(3).nullable(),
    checks: p.integer(),
    lastError: p.text().nullable(),
    createdAt: p.datetime(3),
  },
  uniques: [
    { name: 'checkout_generation_unique', properties: ['tenantId', 'generation'] },
    {
      name: 'checkout_one_live_unique',
      properties: ['tenantId'],
      where: `state in ('wanted', 'opening', 'open')`,
    },
  ],
  indexes: [{ name: 'checkout_due_index', properties: ['checkAt'], where: 'check_at is not null' }],
});

/** One hosted payment page of one tenant, from the wish to its end (S4.1). */
export class Checkout extends CheckoutSchema.class {
  static readonly openingLeaseMs = 25_000;

  /** A new wish; nothing exists at Stripe yet. */
  static wish(wish: { id: string; tenantId: string; generation: number; plan: Plan; now: Date }) {
    const { now, ...facts } = wish;
    const checkAt = new Date(now.getTime() + minute);
    return { ...facts, state: 'wanted' as const, keyGeneration: 1, keySince: now, checks: 0, checkAt, createdAt: now };
  }

  isLive(): boolean {
    return this.state === 'wanted' || this.state === 'opening' || this.state === 'open';
  }

  /** Takes the right to talk to Stripe about it, unless another process has it. */
  claimOpening(plan: Plan, now: Date): 'claimed' | 'busy' {
    if (this.state === 'opening' && this.openingUntil && this.openingUntil > now) return 'busy';
    if (this.state !== 'opening') this.move('opening');
    const keyIsOld = now.getTime() - this.keySince.getTime() > keyMaxAgeMs;
    if (keyIsOld || this.plan !== plan) this.renewKey(now);
    this.plan = plan;
    this.openingUntil = new Date(now.getTime() + Checkout.openingLeaseMs);
    return 'claimed';
  }

  /** Stripe has the page. If the tenant was closed meanwhile it is remembered only to be closed at Stripe too. */
  opened(session: { id: string; url: string | null; expiresAtMs: number }, now: Date): 'open' | 'already' | 'unwanted' {
    if (this.state !== 'opening' && this.state !== 'closed') return 'already';
    this.sessionId = session.id;
    this.openingUntil = null;
    this.lastError = null;
    if (this.state === 'closed') return 'unwanted';
    this.move('open');
    this.url = session.url;
    this.expiresAt = new Date(session.expiresAtMs);
    this.checks = 0;
    this.scheduleCheck(now);
    return 'open';
  }

  /** Opening did not work; whoever comes next may try at once. */
  openingFailed(error: string, now: Date, keyIsSpent: boolean): void {
    if (this.state !== 'opening') return;
    this.openingUntil = null;
    this.lastError = error.slice(0, 300);
    if (keyIsSpent) this.renewKey(now);
  }

  /** Somebody asks for a page while this one is past its time or for another plan. */
  supersede(now: Date): void {
    this.supersededAt = now;
  }

  /** Stripe says that it is paid, or free during the trial. */
  complete(paid: {
    sessionId: string;
    paymentStatus: 'paid' | 'no_payment_required';
    trialEndsAt: Date | null;
    plan: Plan;
    now: Date;
  }) {
    if (this.state === 'completed') return 'already' as const;
    this.move('completed');
    this.sessionId = paid.sessionId;
    this.completedAt = paid.now;
    this.rest();
    record(CheckoutCompleted, this.tenantId, {
      checkout_id: this.id,
      plan: paid.plan,
      payment_status: paid.paymentStatus,
      trial_ends_at: paid.trialEndsAt?.toISOString() ?? null,
      completed_at: paid.now.toISOString(),
    });
    return 'completed' as const;
  }

  /** Stripe closed the page unpaid. The tenant was abandoned, unless a newer page is already asked for. */
  expire(now: Date): 'expired' | 'already' {
    if (!this.isLive()) return 'already';
    const expiredAt = new Date(Math.min(now.getTime(), this.expiresAt?.getTime() ?? Infinity));
    this.move('expired');
    this.rest();
    const askedAgoMs = now.getTime() - (this.supersededAt?.getTime() ?? -Infinity);
    if (askedAgoMs > supersededForMs)
      record(CheckoutExpired, this.tenantId, { checkout_id: this.id, expired_at: expiredAt.toISOString() });
    return 'expired';
  }

  /** Nobody may pay here any more (the tenant expired, was erased, or paid elsewhere). */
  close(): 'closed' | 'already' {
    if (!this.isLive()) return 'already';
    this.move('closed');
    this.rest();
    return 'closed';
  }

  /** Plans the next look of the sweep: soon after opening, never long after Stripe's own deadline. */
  scheduleCheck(now: Date): void {
    if (!this.isLive()) return;
    const pauseMs = checkPausesMs[Math.min(this.checks, checkPausesMs.length - 1)] ?? minute;
    const untilExpiredMs = (this.expiresAt?.getTime() ?? Infinity) + minute - now.getTime();
    const waitMs = untilExpiredMs > 0 ? Math.min(pauseMs, untilExpiredMs) : pauseMs;
    this.checks += 1;
    this.checkAt = new Date(now.getTime() + Math.max(waitMs, minute));
  }

  private renewKey(now: Date): void {
    this.keyGeneration += 1;
    this.keySince = now;
  }

  private rest(): void {
    this.url = null;
    this.openingUntil = null;
    this.checkAt = null;
  }

  private move(next: CheckoutState): void {
    if (!moves[this.state].includes(next))
      throw new Error(`Checkout ${this.id} cannot go from ${this.state} to ${next}.`);
    this.state = next;
  }
}
CheckoutSchema.setClass(Checkout);
