import { invalid } from './errors.js';
import { embedded } from './lists.js';
import type { StripeWorld } from './world.js';

const MAX_PATHS = 20;
/** Stripe's own limit on how deep one may expand. */
const MAX_DEPTH = 4;

/** Replaces ids by the objects they name, along the paths the caller asked for. Never touches the stored object. */
export function expand(world: StripeWorld, answer: object, paths: readonly string[]): object {
  if (paths.length === 0) return answer;
  if (paths.length > MAX_PATHS) throw invalid('You requested too many expansions.', 'expand');
  const copy = structuredClone(answer);
  for (const path of paths) {
    const parts = path.split('.');
    // `data` only steps into the page of a list.
    if (parts.filter((part) => part !== 'data').length > MAX_DEPTH) {
      throw invalid('You cannot expand more than 4 levels of a property.', 'expand');
    }
    expandPath(world, copy, parts, path);
  }
  return copy;
}

function expandPath(world: StripeWorld, node: unknown, parts: readonly string[], path: string): void {
  const [name, ...rest] = parts;
  if (name === undefined) return;
  if (Array.isArray(node)) {
    for (const item of node) expandPath(world, item, parts, path);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  const object = node as Record<string, unknown>;
  if (!(name in object)) {
    const included = include(world, object, name);
    if (included === undefined) throw invalid(`This property cannot be expanded (${path}).`, 'expand');
    object[name] = included;
  }
  const value = object[name];
  if (typeof value === 'string') {
    const found = world.find(value);
    if (found === undefined) throw invalid(`This property cannot be expanded (${path}).`, 'expand');
    object[name] = structuredClone(found);
  }
  expandPath(world, object[name], rest, path);
}

/** Lists that Stripe leaves out unless they are asked for. */
function include(world: StripeWorld, object: Record<string, unknown>, name: string): object | undefined {
  const id = String(object['id']);
  switch (`${String(object['object'])}.${name}`) {
    case 'checkout.session.line_items': {
      const items = world.sessionPlans.get(id)?.lineItems ?? [];
      return embedded(structuredClone(items), `/v1/checkout/sessions/${id}/line_items`);
    }
    case 'customer.subscriptions': {
      const running = [...world.subscriptions.values()].filter((s) => s.customer === id && s.status !== 'canceled');
      return embedded(structuredClone(running), `/v1/customers/${id}/subscriptions`);
    }
    case 'invoice.payments': {
      const payments = [...world.invoicePayments.values()].filter((payment) => payment.invoice === id);
      return embedded(structuredClone(payments), `/v1/invoice_payments?invoice=${id}`);
    }
    case 'charge.refunds': {
      const refunds = [...world.refunds.values()].filter((refund) => refund.charge === id);
      return embedded(structuredClone(refunds), `/v1/charges/${id}/refunds`);
    }
    default:
      return undefined;
  }
}
