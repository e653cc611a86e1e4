import type { StripeTypings } from './typings.js';

/** Where the SDK declares the parameters of each operation the sandbox answers. */
const operations: Record<string, readonly [file: string, type: string]> = {
  'customers.create': ['Customers', 'CustomerCreateParams'],
  'customers.retrieve': ['Customers', 'CustomerRetrieveParams'],
  'customers.update': ['Customers', 'CustomerUpdateParams'],
  'customers.del': ['Customers', 'CustomerDeleteParams'],
  'customers.list': ['Customers', 'CustomerListParams'],
  'customers.search': ['Customers', 'CustomerSearchParams'],
  'products.create': ['Products', 'ProductCreateParams'],
  'products.retrieve': ['Products', 'ProductRetrieveParams'],
  'products.list': ['Products', 'ProductListParams'],
  'prices.create': ['Prices', 'PriceCreateParams'],
  'prices.retrieve': ['Prices', 'PriceRetrieveParams'],
  'prices.list': ['Prices', 'PriceListParams'],
  'checkout.sessions.create': ['Checkout/Sessions', 'SessionCreateParams'],
  'checkout.sessions.retrieve': ['Checkout/Sessions', 'SessionRetrieveParams'],
  'checkout.sessions.list': ['Checkout/Sessions', 'SessionListParams'],
  'checkout.sessions.expire': ['Checkout/Sessions', 'SessionExpireParams'],
  'checkout.sessions.listLineItems': ['Checkout/Sessions', 'SessionListLineItemsParams'],
  'subscriptions.retrieve': ['Subscriptions', 'SubscriptionRetrieveParams'],
  'subscriptions.list': ['Subscriptions', 'SubscriptionListParams'],
  'subscriptions.update': ['Subscriptions', 'SubscriptionUpdateParams'],
  'subscriptions.cancel': ['Subscriptions', 'SubscriptionCancelParams'],
  'invoices.retrieve': ['Invoices', 'InvoiceRetrieveParams'],
  'invoices.list': ['Invoices', 'InvoiceListParams'],
  'invoices.createPreview': ['Invoices', 'InvoiceCreatePreviewParams'],
  'invoicePayments.retrieve': ['InvoicePayments', 'InvoicePaymentRetrieveParams'],
  'invoicePayments.list': ['InvoicePayments', 'InvoicePaymentListParams'],
  'paymentIntents.retrieve': ['PaymentIntents', 'PaymentIntentRetrieveParams'],
  'paymentMethods.retrieve': ['PaymentMethods', 'PaymentMethodRetrieveParams'],
  'setupIntents.retrieve': ['SetupIntents', 'SetupIntentRetrieveParams'],
  'charges.retrieve': ['Charges', 'ChargeRetrieveParams'],
  'charges.list': ['Charges', 'ChargeListParams'],
  'refunds.create': ['Refunds', 'RefundCreateParams'],
  'refunds.retrieve': ['Refunds', 'RefundRetrieveParams'],
  'refunds.list': ['Refunds', 'RefundListParams'],
  'billingPortal.sessions.create': ['BillingPortal/Sessions', 'SessionCreateParams'],
  'events.retrieve': ['Events', 'EventRetrieveParams'],
  'events.list': ['Events', 'EventListParams'],
  'webhookEndpoints.create': ['WebhookEndpoints', 'WebhookEndpointCreateParams'],
  'webhookEndpoints.list': ['WebhookEndpoints', 'WebhookEndpointListParams'],
  'webhookEndpoints.retrieve': ['WebhookEndpoints', 'WebhookEndpointRetrieveParams'],
  'webhookEndpoints.del': ['WebhookEndpoints', 'WebhookEndpointDeleteParams'],
};

export function shapesFromTypings(typings: StripeTypings): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(operations).map(([name, [file, type]]) => [name, typings.params(typings.type(file, type))]),
  );
}
