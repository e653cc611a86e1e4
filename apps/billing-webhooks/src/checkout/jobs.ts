import { defineJob } from '@latchkey/shared/jobs';
import { z } from 'zod';

const aboutCheckout = z.object({ checkout_id: z.string() });

/** Brings one checkout forward without anybody waiting: opens a wanted one, reads an open one again (a webhook may be lost). */
export const LookAfterCheckout = defineJob({
  name: 'look-after-checkout',
  data: aboutCheckout,
  // A few minutes; after that the sweep comes by at its own, slower pace.
  tries: 8,
  backoffSeconds: 1,
  backoffMaxSeconds: 60,
  concurrency: 8,
  timeoutSeconds: 45,
  onePerKey: true,
});

/** Closes at Stripe the page that nobody may pay on any more. */
export const CloseStripePage = defineJob({
  name: 'close-stripe-page',
  data: aboutCheckout,
  tries: 30,
  backoffSeconds: 1,
  backoffMaxSeconds: 300,
  concurrency: 4,
  timeoutSeconds: 45,
});
