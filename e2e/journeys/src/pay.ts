import { setTimeout as sleep } from 'node:timers/promises';
import { ConfirmCheckoutResponse } from '@latchkey/contracts';
import { NoAnswer, Refusal, request, requestJson } from './http.js';
import type { Patience } from './patience.js';

/** Stripe's test card that always works. */
const goodCard = '4242 4242 4242 4242';
/** The hosted page takes any later month. */
const formWith = (cardNumber: string) =>
  new URLSearchParams({ card_number: cardNumber, exp: '12 / 40', cvc: '123', name: 'A Stranger' });
const refreshMs = 3_000;

/** The checkout's page can no longer be paid; the status endpoint has a new link. */
export class CheckoutExpired extends Error {}

/**
 * Opens Stripe's page, fills in the card and sends the form, as a browser does. Returns where Stripe sends the payer back
 * to, also when it says "already paid": then an earlier try had worked although its answer was lost.
 */
export async function payByCard(
  checkoutUrl: string,
  patience: Patience,
  sending: () => void,
  cardNumber = goodCard,
): Promise<string> {
  try {
    const page = await patience.insist((signal) => request(checkoutUrl, { signal }));
    const form = /<form[^>]*\smethod="post"[^>]*\saction="([^"]+)"/.exec(page.text)?.[1];
    if (!form) throw new Error('The checkout page has no form to send.');
    const action = new URL(form, checkoutUrl).href;
    sending();
    const answer = await patience.insist((signal) =>
      request(action, { method: 'POST', body: formWith(cardNumber), signal }),
    );
    const location = answer.headers.get('location');
    if (answer.status !== 303 || !location) throw new Error(`The checkout answered ${answer.status} to the card.`);
    return location;
  } catch (error) {
    const wayOn = error instanceof Refusal && error.status === 409 ? linkIn(error.page) : undefined;
    if (wayOn) return wayOn;
    if (error instanceof Refusal && error.status === 410) throw new CheckoutExpired();
    throw error;
  }
}

function linkIn(page: string): string | undefined {
  return /<a href="(https?:[^"]+)"/.exec(page)?.[1]?.replaceAll('&amp;', '&');
}

/**
 * The browser on the page it was sent back to: that page asks again by itself while something is under way, and that
 * question is also what finds a payment whose webhook was lost. Goes on until `left` is aborted.
 */
export async function stayOnSuccessPage(location: string, left: AbortSignal): Promise<void> {
  const { origin, searchParams } = new URL(location);
  const url = `${origin}/api/onboarding/confirm-checkout`;
  const json = { session_id: searchParams.get('session_id') ?? '' };
  while (!left.aborted) {
    try {
      const { state, tenant } = await requestJson(url, ConfirmCheckoutResponse, { method: 'POST', json, signal: left });
      if (state !== 'open' && state !== 'unanswered' && tenant?.next !== 'wait') return;
    } catch (error) {
      if (!(error instanceof NoAnswer || error instanceof Refusal)) throw error;
    }
    await sleep(refreshMs, undefined, { signal: left }).catch(() => undefined);
  }
}
