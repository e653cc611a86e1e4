import type { TenantStatus, TenantStatusResponse } from '@latchkey/contracts';

/** What the waiting customer's page must know to say what happens next. */
export interface Situation {
  status: TenantStatus;
  verified: boolean;
  paid: boolean;
  checkoutUrl: string | null;
  compensated: boolean;
  refundedCents: number;
  progress: TenantStatusResponse['progress'];
  /** How long a paid and verified customer has been waiting. */
  waitedMs: number;
  /** When the waiting ends by itself and the money goes back. */
  givesUpAt: Date | null;
}

type Advice = Pick<TenantStatusResponse, 'message' | 'next'>;

/**
 * One honest sentence and one thing to do, for every situation: nobody is left with a bare spinner, and nothing is
 * promised that is not under way (FEATURES lesson 19, F1).
 */
export function whatNext(situation: Situation): Advice {
  switch (situation.status) {
    case 'pending_payment':
      return beforeProvisioning(situation);
    case 'provisioning':
      return whileProvisioning(situation);
    case 'active':
      return { message: 'Your workspace is ready. Log in and ask your first question.', next: 'log_in' };
    case 'provisioning_failed':
      return afterFailure(situation);
    case 'suspended':
      return {
        message: 'The workspace is suspended because a payment is missing. Update your payment or write to us.',
        next: 'contact_support',
      };
    case 'cancelled':
      return { message: 'The subscription has ended. You can sign up again at any time.', next: 'start_again' };
    case 'expired':
      return {
        message: 'This signup was not paid and is closed. Sign up again with the same email; nothing was charged.',
        next: 'start_again',
      };
    case 'erased':
      return { message: 'This account and its data were erased.', next: 'nothing' };
  }
}

function beforeProvisioning({ verified, paid, checkoutUrl }: Situation): Advice {
  if (paid)
    return {
      message: 'Your payment has arrived. Enter the 6-digit code we mailed you, and your workspace is set up.',
      next: 'verify_email',
    };
  const trial = 'You have a 14-day free trial: nothing is charged before it ends.';
  if (checkoutUrl !== null)
    return {
      message: `Complete payment to activate your account. ${trial}${verified ? '' : ' Also enter the 6-digit code we mailed you.'}`,
      next: 'pay',
    };
  return verified
    ? { message: 'Your checkout is being opened; this page shows the link as soon as it is there.', next: 'wait' }
    : {
        message: 'Enter the 6-digit code we mailed you. Meanwhile your checkout is being opened.',
        next: 'verify_email',
      };
}

/** "Usually a few seconds" is true for so long. */
const usualMs = 30_000;

/**
 * What is really the matter, what becomes of it without the customer, and both ways out: leave and get a mail, or have
 * it ended. Nothing is said of how long a supplier will be away, because nobody knows.
 */
function whileProvisioning({ progress, waitedMs, givesUpAt }: Situation): Advice {
  const next = 'wait';
  if (progress?.state === 'undoing')
    return {
      message:
        'Your workspace could not be set up. What was half done is being removed; then your subscription is cancelled and anything charged goes back to you.',
      next: 'contact_support',
    };
  const cause = causeOf(progress);
  if (!cause && progress?.state !== 'retrying' && waitedMs < usualMs)
    return { message: 'Your workspace is being set up. This usually takes a few seconds.', next };
  const wait = 'You can close this page: we mail you as soon as it is ready.';
  const end = givesUpAt
    ? ` If it is not ready by ${timeText(givesUpAt)}, your subscription is cancelled and anything charged goes back by itself. If you do not want to wait, write to us and we do that now.`
    : ' If you do not want to wait, write to us.';
  if (cause) return { message: `${cause} Your payment and your place are safe. ${wait}${end}`, next };
  if (progress?.state === 'retrying')
    return {
      message: `Setting up your workspace takes longer than usual: a step failed and is being tried again. ${wait}${end}`,
      next,
    };
  if (!progress || progress.state === 'waiting')
    return {
      message: `Setting up your workspace has not begun: the part of our system that does it is not answering. Your payment and your place are safe, and it starts by itself. ${wait}${end}`,
      next,
    };
  return { message: `Setting up your workspace takes longer than usual. ${wait}${end}`, next };
}

function causeOf(progress: Situation['progress']): string | null {
  switch (progress?.waits_for) {
    case 'supplier_down':
      return 'A supplier we need for your workspace is not working right now. We look again every minute, and your setup goes on by itself as soon as it is back.';
    case 'supplier_busy':
      return 'A supplier we need for your workspace asks us to slow down. Your setup goes on by itself in a moment.';
    case 'our_account':
      return 'A supplier we need for your workspace refuses our account. That is ours to mend and our team was alerted; your setup goes on by itself after that.';
    default:
      return null;
  }
}

/** "14:30 UTC": the page may be read anywhere. */
function timeText(at: Date): string {
  return `${at.toISOString().slice(11, 16)} UTC`;
}

function afterFailure({ compensated, refundedCents }: Situation): Advice {
  if (!compensated)
    return {
      message:
        'Your workspace could not be set up, and we are sorry. Your subscription is being cancelled and anything charged goes back to you; our team was told.',
      next: 'contact_support',
    };
  const money =
    refundedCents > 0 ? `${(refundedCents / 100).toFixed(2)} went back to your card` : 'nothing was charged';
  return {
    message: `Your workspace could not be set up, and we are sorry. Your subscription is cancelled and ${money}. You can sign up again with the same email.`,
    next: 'start_again',
  };
}

/** No event will change such a status by itself, so a waiting page may stop waiting. */
export function isFinal(status: TenantStatusResponse): boolean {
  if (status.status === 'provisioning_failed') return status.compensated;
  return status.status !== 'pending_payment' && status.status !== 'provisioning';
}
