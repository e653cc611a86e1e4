import { createHash } from 'node:crypto';

/** Why a card was refused, in Stripe's words. */
export interface Decline {
  code: string;
  decline_code: string | null;
  message: string;
}

interface TestCard {
  brand: string;
  /** Refused already when it is entered. */
  refused?: Decline;
  /** Accepted when entered, refused at every charge. */
  refusedLater?: Decline;
  /** The cardholder has to confirm before anything happens. */
  threeDSecure?: boolean;
}

const declined = (declineCode: string, message: string): Decline => ({
  code: 'card_declined',
  decline_code: declineCode,
  message,
});
const generic = declined('generic_decline', 'Your card was declined.');

/** Stripe's published test numbers; as in its test mode, every other number is refused. */
const testCards: Readonly<Record<string, TestCard>> = {
  '4242424242424242': { brand: 'visa' },
  '4000056655665556': { brand: 'visa' },
  '5555555555554444': { brand: 'mastercard' },
  '378282246310005': { brand: 'amex' },
  '4000000000000002': { brand: 'visa', refused: generic },
  '4000000000009995': {
    brand: 'visa',
    refused: declined('insufficient_funds', 'Your card has insufficient funds. Try a different card.'),
  },
  '4000000000000069': {
    brand: 'visa',
    refused: { code: 'expired_card', decline_code: null, message: 'Your card is expired. Try a different card.' },
  },
  '4000000000000127': {
    brand: 'visa',
    refused: { code: 'incorrect_cvc', decline_code: null, message: "Your card's security code is incorrect." },
  },
  '4000002500003155': { brand: 'visa', threeDSecure: true },
  '4000000000000341': { brand: 'visa', refusedLater: generic },
};

export interface EnteredCard extends TestCard {
  number: string;
  expMonth: number;
  expYear: number;
}

/** Reads what was typed into the card form. Month, year and code may be left out: a plain form post needs the number only. */
export function enteredCard(number: string, expiry: string, nowMs: number): EnteredCard | Decline {
  const digits = number.replace(/[\s-]/g, '');
  const card = testCards[digits];
  if (!card) {
    return declined(
      'test_mode_live_card',
      'Your card was declined. This is a test page: only test card numbers work, such as 4242 4242 4242 4242.',
    );
  }
  const [month, year] = expiry === '' ? [12, 2040] : expiry.split('/').map((part) => Number(part.trim()));
  const expMonth = month ?? 0;
  const expYear = (year ?? 0) < 100 ? 2000 + (year ?? 0) : (year ?? 0);
  if (!(expMonth >= 1 && expMonth <= 12)) {
    return { code: 'invalid_expiry_month', decline_code: null, message: "Your card's expiration month is invalid." };
  }
  // A card is good to the end of its month.
  if (!(Date.UTC(expYear, expMonth, 1) > nowMs)) {
    return { code: 'invalid_expiry_year', decline_code: null, message: "Your card's expiration date is in the past." };
  }
  return { ...card, number: digits, expMonth, expYear };
}

export function isDecline(card: EnteredCard | Decline): card is Decline {
  return 'message' in card;
}

/** Why a later charge of this number fails, if it does. */
export function laterDecline(number: string): Decline | undefined {
  return testCards[number]?.refusedLater;
}

/** The same for every use of one number, so that trial abuse with one card can be noticed. */
export function fingerprint(number: string): string {
  return createHash('sha256').update(`sandbox card ${number}`).digest('base64url').replace(/[-_]/g, 'x').slice(0, 16);
}
