import type { BillingSubscription } from '@latchkey/contracts';

export function moneyText(cents: number, currency: string): string {
  return new Intl.NumberFormat('en-US', { style: 'currency', currency }).format(cents / 100);
}

export function dateText(instant: string): string {
  return new Date(instant).toLocaleDateString(undefined, { year: 'numeric', month: 'long', day: 'numeric' });
}

type Facts = Pick<
  BillingSubscription,
  'status' | 'trial_ends_at' | 'current_period_ends_at' | 'cancel_at_period_end' | 'ended_at'
>;

/** Stripe's word in one of ours, and how serious it is. */
export function stateOf({ status, cancel_at_period_end: cancelled, ended_at: ended }: Facts): {
  word: string;
  colour: string;
} {
  if (ended !== null) return { word: 'Ended', colour: 'gray' };
  if (status === 'past_due' || status === 'unpaid') return { word: 'Payment missing', colour: 'red' };
  if (cancelled) return { word: 'Cancelled', colour: 'orange' };
  if (status === 'trialing') return { word: 'Free trial', colour: 'teal' };
  return status === 'active' ? { word: 'Active', colour: 'teal' } : { word: status, colour: 'gray' };
}

/** Stripe's word and its dates as a sentence. A word we do not know yet is shown as it is, and not guessed at. */
export function statusText({ status, trial_ends_at: trial, current_period_ends_at: period, ...end }: Facts): string {
  if (end.ended_at !== null) return `Ended on ${dateText(end.ended_at)}.`;
  const until = end.cancel_at_period_end && period !== null ? ` Cancelled: it ends on ${dateText(period)}.` : '';
  switch (status) {
    case 'trialing':
      return `Free trial${trial === null ? '' : ` until ${dateText(trial)}. Nothing is charged before`}.${until}`;
    case 'active':
      return `Active${period === null || until !== '' ? '' : `, renews on ${dateText(period)}`}.${until}`;
    case 'past_due':
      return 'A payment is missing and is tried again.';
    case 'unpaid':
      return 'Suspended until a payment goes through.';
    default:
      return `${status}.${until}`;
  }
}
