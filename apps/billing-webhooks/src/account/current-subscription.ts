import { ProblemError } from '@latchkey/shared/errors';
import { em } from '@latchkey/shared/persistence';
import { Subscription } from '../subscription/subscription.entity.js';

/** The tenant's running subscription, else the one that ended last. Inside a door. */
export async function currentSubscription(tenantId: string): Promise<Subscription> {
  const [found] = await em().find(
    Subscription,
    { tenantId, unwanted: false },
    { orderBy: { endedAt: 'desc nulls first', createdAt: 'desc' }, limit: 1 },
  );
  if (!found) throw new ProblemError('no_subscription');
  return found;
}
