import type { Door } from '../../persistence/door.js';
import { factOf, type Middleware } from './middleware.js';

/** The consumer's door: inbox row, changed entities, facts and jobs in one commit; the acknowledgement comes after it. */
export const transaction =
  (door: Door): Middleware =>
  (delivery, next) =>
    door.commit(
      `event:${factOf(delivery).type}`,
      async () => {
        await delivery.inCommit?.();
        await next();
      },
      // What has failed before would only make its company run twice.
      { sharedBy: delivery.tries > 1 ? undefined : factOf(delivery).tenantId },
    );
