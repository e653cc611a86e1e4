/**
 * The event is about nobody we know, yet. Often its cause is still on the way; else it is another system's on the same
 * Stripe account, or a fault of ours, and an operator must see it (FEATURES section 5, trap 4).
 */
export class UnknownToUs extends Error {}
