import {
  aLostBusIsFilledAgain,
  eventsKeepTheirOrder,
  everyEventReachesEverybody,
  nothingFromARolledBackCommit,
} from './events.js';
import type { Invariant } from './invariant.js';
import { oneWelcome } from './mails.js';
import {
  everyPaidCheckoutIsDecided,
  neverActiveAndRefunded,
  nothingBeforePayment,
  oneSubscriptionPerSignup,
} from './payments.js';
import { nothingAcknowledgedIsLost } from './promises.js';
import { acceptedMeansStored, billingSaysWhatStripeSays, lostWebhooksAreFound } from './webhooks.js';
import { exactlyTheSamples, failureLeavesNothing, nobodyIsLeftInBetween } from './workspaces.js';

/** What must hold after every run, whatever was broken in it. The numbers are those of our list of promises. */
export const invariants: readonly Invariant[] = [
  everyPaidCheckoutIsDecided,
  neverActiveAndRefunded,
  oneSubscriptionPerSignup,
  nothingBeforePayment,
  billingSaysWhatStripeSays,
  acceptedMeansStored,
  lostWebhooksAreFound,
  nothingFromARolledBackCommit,
  everyEventReachesEverybody,
  eventsKeepTheirOrder,
  aLostBusIsFilledAgain,
  oneWelcome,
  exactlyTheSamples,
  failureLeavesNothing,
  nobodyIsLeftInBetween,
  nothingAcknowledgedIsLost,
];
