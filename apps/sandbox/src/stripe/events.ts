import { invalid, missing } from './errors.js';
import { read } from './form.js';
import { page } from './lists.js';
import type { Operation } from './operation.js';
import type { StripeObject, StripeWorld } from './world.js';

export interface StripeEvent {
  id: string;
  object: 'event';
  api_version: string;
  created: number;
  data: { object: StripeObject; previous_attributes?: Record<string, unknown> };
  livemode: false;
  pending_webhooks: number;
  request: { id: string | null; idempotency_key: string | null };
  type: string;
}

/** Stripe lists events for 30 days; older ones are gone for callers and, once a day, from memory. */
const KEPT_SECONDS = 30 * 86_400;
const MAX_TYPES = 20;

export const eventOperations: readonly Operation[] = [
  {
    method: 'GET',
    path: '/v1/events',
    params: 'events.list',
    run: (world, { params }) => {
      const type = read.text(params, 'type');
      const types = read.texts(params, 'types');
      if (types.length > MAX_TYPES) throw invalid(`You may name at most ${MAX_TYPES} types.`, 'types');
      if (types.length > 0 && type !== undefined) throw invalid('You may only specify one of type and types.', 'types');
      const delivered = read.flag(params, 'delivery_success');
      const oldest = world.now() - KEPT_SECONDS;
      const found = page(
        world.events.values(),
        '/v1/events',
        params,
        (event) =>
          event.created >= oldest &&
          (type === undefined || typeMatches(type, event.type)) &&
          (types.length === 0 || types.some((wanted) => typeMatches(wanted, event.type))) &&
          (delivered === undefined || delivered === !world.pendingWebhooks.has(event.id)),
      );
      return { ...found, data: found.data.map((event) => asOfNow(world, event)) };
    },
  },
  {
    method: 'GET',
    path: '/v1/events/:id',
    params: 'events.retrieve',
    run: (world, { id }) => {
      const event = world.events.get(id);
      if (!event) throw missing('event', id);
      return asOfNow(world, event);
    },
  },
];

function asOfNow(world: StripeWorld, event: StripeEvent): StripeEvent {
  return { ...event, pending_webhooks: world.pendingWebhooks.get(event.id) ?? 0 };
}

/** `*` or `invoice.*` or an exact type. */
export function typeMatches(wanted: string, type: string): boolean {
  if (wanted === '*') return true;
  return wanted.endsWith('.*') ? type.startsWith(wanted.slice(0, -1)) : wanted === type;
}

/** Drops what nobody can list any more; the collection is in order of creation, so it stops early. */
export function forgetOldEvents(world: StripeWorld): void {
  const oldest = world.now() - KEPT_SECONDS;
  for (const event of world.events.values()) {
    if (event.created >= oldest) return;
    world.events.delete(event.id);
    world.pendingWebhooks.delete(event.id);
  }
}
