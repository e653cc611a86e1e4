import { defineEntity, p } from '@mikro-orm/core';

const StripeWalkSchema = defineEntity({
  name: 'StripeWalk',
  tableName: 'stripe_walk',
  properties: {
    /** Which of Stripe's lists. */
    name: p.text().primary(),
    /** Everything that Stripe listed before this instant has passed by us. */
    seenUntil: p.datetime(3),
    /** Present while a walk is under way: when it began, and the last id it has taken. */
    startedAt: p.datetime(3).nullable(),
    pageAfter: p.text().nullable(),
  },
});

/**
 * How far we have read one of Stripe's lists. The lists begin with the newest, so a walk goes back from now to where the
 * last complete one began; one that is longer than a run goes on from `pageAfter` in the next.
 */
export class StripeWalk extends StripeWalkSchema.class {
  /** Where this walk ends: `overlapMs` further back than what was seen, because Stripe may list something late. */
  since(overlapMs: number): number {
    return this.seenUntil.getTime() - overlapMs;
  }

  begin(now: Date): void {
    this.startedAt ??= now;
  }

  took(lastId: string | null, more: boolean): void {
    if (more && lastId !== null) {
      this.pageAfter = lastId;
      return;
    }
    if (this.startedAt && this.startedAt > this.seenUntil) this.seenUntil = this.startedAt;
    this.startOver();
  }

  /** What we stopped at is no longer known to Stripe: the same stretch is walked again. */
  startOver(): void {
    this.startedAt = null;
    this.pageAfter = null;
  }
}
StripeWalkSchema.setClass(StripeWalk);
