import type { Params } from './form.js';
import type { StripeWorld } from './world.js';

/** One call of the API: a row in its resource's table, served by router.ts. */
export interface Operation {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  /** The name in params.json, which is the SDK's name of the method. */
  params: string;
  /** Top-level parameters that are acted on (or truthfully stored); others that Stripe knows are refused. All, if absent. */
  supported?: readonly string[];
  /** `id` is the `:id` of the path, '' where there is none. */
  run(world: StripeWorld, request: { id: string; params: Params }): object;
}
