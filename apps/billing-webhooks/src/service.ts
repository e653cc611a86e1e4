import { Breakers } from '@latchkey/shared/breakers';
import { defineService } from '@latchkey/shared/service';
import { SessionTokens } from '@latchkey/shared/sessions';
import { Clock } from '@latchkey/shared/time';
import { createStripe, StripeApi } from '@latchkey/vendor-stripe';
import { AccountController } from './account/account.controller.js';
import { DescribeSubscription } from './account/describe-subscription.js';
import { ListInvoices } from './account/list-invoices.js';
import { OpenPortal } from './account/open-portal.js';
import { BillingConsumer } from './billing.consumer.js';
import { CheckoutController } from './checkout/checkout.controller.js';
import { Checkout } from './checkout/checkout.entity.js';
import { CheckoutJobs } from './checkout/checkout.job.js';
import { CloseCheckout } from './checkout/close-checkout.js';
import { ConfirmCheckout } from './checkout/confirm-checkout.js';
import { LookAfterOneCheckout } from './checkout/look-after-checkout.js';
import { OpenCheckout } from './checkout/open-checkout.js';
import { SettleCheckout } from './checkout/settle-checkout.js';
import { SweepCheckouts } from './checkout/sweep-checkouts.js';
import { WishCheckout } from './checkout/wish-checkout.js';
import { Config, CONFIG, guardConfig, sessionIssuer } from './config.js';
import { Customer } from './customer/customer.entity.js';
import { EraseCustomer } from './customer/erase-customer.js';
import { Migration20261123000001_billing } from './migrations/Migration20261123000001_billing.js';
import { Migration20261124000001_reconciler } from './migrations/Migration20261124000001_reconciler.js';
import { Migration20261124000002_keep_subscription } from './migrations/Migration20261124000002_keep_subscription.js';
import { Migration20261128000001_events_of_tenant } from './migrations/Migration20261128000001_events_of_tenant.js';
import { BillingController } from './operator/billing.controller.js';
import { DiagnosisController } from './operator/diagnosis.controller.js';
import { FindLostEvents } from './reconciler/find-lost-events.js';
import { FindLostPayments } from './reconciler/find-lost-payments.js';
import { ReconcilerJobs } from './reconciler/reconciler.job.js';
import { StripeWalk } from './reconciler/stripe-walk.entity.js';
import { WalkStripeList } from './reconciler/walk-stripe-list.js';
import { ApplyOneStripeEvent } from './stripe-inbox/apply-stripe-event.js';
import { ForgetOldStripeEvents } from './stripe-inbox/forget-old-stripe-events.js';
import { ReadAhead } from './stripe-inbox/read-ahead.js';
import { StoreStripeEvent } from './stripe-inbox/store-stripe-event.js';
import { StripeEventRow } from './stripe-inbox/stripe-event.entity.js';
import { StripeEventJobs } from './stripe-inbox/stripe-event.job.js';
import { MeasureBilling } from './operator/measure-billing.js';
import { WatchStripeEvents } from './stripe-inbox/watch-stripe-events.js';
import { KeepSubscriptionController } from './subscription/keep-subscription.controller.js';
import { StripeWebhookController } from './stripe-inbox/stripe-webhook.controller.js';
import { CompensateTenant } from './subscription/compensate-tenant.js';
import { EndOneSubscription } from './subscription/end-one-subscription.js';
import { Invoice } from './subscription/invoice.entity.js';
import { RecordRefund } from './subscription/record-refund.js';
import { Refund } from './subscription/refund.entity.js';
import { Subscription } from './subscription/subscription.entity.js';
import { RereadSubscriptions } from './subscription/reread-subscriptions.js';
import { SubscriptionJobs } from './subscription/subscription.job.js';
import { SyncSubscription } from './subscription/sync-subscription.js';
import { WatchCompensations } from './subscription/watch-compensations.js';

/** Stripe's door: payment pages, webhooks, subscriptions, cancelling and refunding. */
export const billing = defineService({
  name: 'billing-webhooks',
  config: Config,
  guard: guardConfig,
  entities: [Customer, Checkout, Subscription, Invoice, Refund, StripeEventRow, StripeWalk],
  migrations: [
    Migration20261123000001_billing,
    Migration20261124000001_reconciler,
    Migration20261124000002_keep_subscription,
    Migration20261128000001_events_of_tenant,
  ],
  rawBody: true,
  // A Stripe event carries a whole object; the largest are some hundred kilobytes.
  jsonLimit: '1mb',
  module: (config) => ({
    providers: [
      { provide: CONFIG, useValue: config },
      {
        provide: StripeApi,
        inject: [Breakers],
        useFactory: (breakers: Breakers) =>
          createStripe({
            secretKey: config.STRIPE_SECRET_KEY,
            apiUrl: config.STRIPE_API_URL,
            timeoutMs: config.STRIPE_TIMEOUT_MS,
            breaker: breakers.of('stripe'),
          }),
      },
      {
        provide: SessionTokens,
        useFactory: (clock: Clock) => new SessionTokens(sessionIssuer(config), clock),
        inject: [Clock],
      },
      DescribeSubscription,
      ListInvoices,
      OpenPortal,
      WishCheckout,
      OpenCheckout,
      ConfirmCheckout,
      SettleCheckout,
      CloseCheckout,
      LookAfterOneCheckout,
      SweepCheckouts,
      CheckoutJobs,
      StoreStripeEvent,
      ReadAhead,
      ApplyOneStripeEvent,
      ForgetOldStripeEvents,
      WatchStripeEvents,
      StripeEventJobs,
      WalkStripeList,
      FindLostEvents,
      FindLostPayments,
      ReconcilerJobs,
      SyncSubscription,
      RereadSubscriptions,
      RecordRefund,
      CompensateTenant,
      EndOneSubscription,
      WatchCompensations,
      SubscriptionJobs,
      EraseCustomer,
      MeasureBilling,
    ],
    controllers: [
      AccountController,
      CheckoutController,
      StripeWebhookController,
      BillingController,
      DiagnosisController,
      BillingConsumer,
      KeepSubscriptionController,
    ],
  }),
});
