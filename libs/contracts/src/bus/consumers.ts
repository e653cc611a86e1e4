import { owners, streamOf, subjectFilterOf, type EventContract, type Owner } from '../events/event.js';
import {
  ActivationCompleted,
  CheckoutCompleted,
  CheckoutExpired,
  CustomerStuck,
  DocumentIndexed,
  ErasureRequested,
  PasswordChanged,
  PasswordResetRequested,
  PaymentFailed,
  ProvisioningAbandoned,
  ProvisioningDelayed,
  ProvisioningFailed,
  QuestionAnswered,
  QuestionFailed,
  QuotaExceeded,
  SubscriptionCancelled,
  SubscriptionChanged,
  TenantCleared,
  TenantExpired,
  TenantProvisioned,
  TenantSignedUp,
  TenantSuspended,
  TrialEnding,
  VerificationRequested,
} from '../events/index.js';

/**
 * Which events each service may hear. Its handlers say the same with `@OnEvent`; here it is said for whoever sets up the bus
 * before they run. A service with a handler for an event that is missing here does not start.
 */
export const hears: Readonly<Record<Owner, readonly EventContract[] | 'everything'>> = {
  signup: [
    CheckoutCompleted,
    CheckoutExpired,
    TenantProvisioned,
    ProvisioningFailed,
    SubscriptionCancelled,
    SubscriptionChanged,
    QuestionAnswered,
    QuestionFailed,
    DocumentIndexed,
  ],
  'billing-webhooks': [TenantSignedUp, TenantExpired, ProvisioningFailed, ProvisioningAbandoned, ErasureRequested],
  provisioner: [TenantCleared, ProvisioningAbandoned, SubscriptionCancelled, ErasureRequested],
  workspace: [SubscriptionChanged, SubscriptionCancelled, TenantSuspended, ErasureRequested],
  notifier: [
    TenantSignedUp,
    VerificationRequested,
    PasswordResetRequested,
    PasswordChanged,
    TenantProvisioned,
    ProvisioningDelayed,
    ProvisioningFailed,
    ProvisioningAbandoned,
    ActivationCompleted,
    PaymentFailed,
    TrialEnding,
    TenantSuspended,
    SubscriptionCancelled,
    QuotaExceeded,
    CustomerStuck,
  ],
  analytics: 'everything',
};

/**
 * Event types that a service has stopped to hear on purpose, such as 'signup.tenant-signed-up.v1'. A release that removes a
 * handler names its event here: it acknowledges what is still delivered, and takes the filter away. An event without a handler
 * that is not named is taken for a newer release's, waits for that, and becomes a dead letter after an hour. A name is
 * removed with the release after, or when the service hears the event again.
 */
export const hearsNoMore: Readonly<Partial<Record<Owner, readonly string[]>>> = {};

/** A durable consumer: what one service hears of one stream. Replicas share it. */
export interface BusConsumer {
  service: Owner;
  /** Whose stream. */
  owner: Owner;
  stream: string;
  durable: string;
  filters: string[];
}

/** The durable of a service that only records: everything, in batches. */
export const journalOf = (service: Owner): string => `${service}-journal`;

/** Every durable consumer there is. */
export function busConsumers(): BusConsumer[] {
  return owners.flatMap((service) =>
    owners.flatMap((owner): BusConsumer[] => {
      const heard = hears[service];
      const at = { service, owner, stream: streamOf(owner) };
      if (heard === 'everything') return [{ ...at, durable: journalOf(service), filters: [`latchkey.${owner}.>`] }];
      const filters = heard.filter((event) => event.owner === owner).map(subjectFilterOf);
      return filters.length > 0 ? [{ ...at, durable: service, filters }] : [];
    }),
  );
}
