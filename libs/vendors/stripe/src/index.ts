export { createStripe, StripeApi, type StripeConfig, stripeApiVersion } from './stripe.js';
export {
  type StripeBill,
  type StripeCard,
  type StripeCheckout,
  type StripeEvent,
  type StripeEventObject,
  type StripeInvoice,
  type StripeNextBill,
  type StripePage,
  type StripePayment,
  type StripePrice,
  type StripeSubscription,
} from './stripe-objects.js';
export { verifyStripeWebhook, type StripeWebhookRefusal, type StripeWebhookVerdict } from './stripe-webhook.js';
