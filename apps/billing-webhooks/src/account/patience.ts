/** How long a person at a billing page waits for Stripe before the page does without. */
export const stripePatienceMs = 3_000;
