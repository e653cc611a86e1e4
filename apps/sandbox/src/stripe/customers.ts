import { newId } from '../core/random.js';
import { invalid, missing } from './errors.js';
import { metadataOf, type Params, read } from './form.js';
import { page } from './lists.js';
import type { Operation } from './operation.js';
import { endSubscription } from './subscription-life.js';
import { ledgerKey, type StripeWorld } from './world.js';

export type Customer = ReturnType<typeof newCustomer>;

const settable =
  'address description email expand invoice_settings metadata name payment_method phone preferred_locales shipping tax_exempt'.split(
    ' ',
  );

function newCustomer(world: StripeWorld) {
  return {
    id: newId('cus', 14),
    object: 'customer' as const,
    address: null as object | null,
    balance: 0,
    created: world.now(),
    currency: null as string | null,
    default_source: null,
    delinquent: false,
    description: null as string | null,
    discount: null,
    email: null as string | null,
    invoice_prefix: newId('', 8).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null as string | null,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: {} as Record<string, string>,
    name: null as string | null,
    next_invoice_sequence: 1,
    phone: null as string | null,
    preferred_locales: [] as string[],
    shipping: null as object | null,
    tax_exempt: 'none',
    test_clock: null,
  };
}

/** Creates and announces a customer; Checkout uses it too when the session names none. */
export function createCustomer(world: StripeWorld, params: Params): Customer {
  const customer = apply(world, newCustomer(world), params);
  world.customers.set(customer.id, customer);
  world.sim.effect('customer.created', ledgerKey(customer), { id: customer.id });
  world.emit('customer.created', customer);
  return customer;
}

/** The living customer, or Stripe's "No such customer". */
export function customerById(world: StripeWorld, id: string, param?: string): Customer {
  const customer = world.customers.get(id);
  if (!customer || 'deleted' in customer) throw missing('customer', id, param);
  return customer;
}

function apply(world: StripeWorld, customer: Customer, params: Params): Customer {
  const text = (name: 'description' | 'email' | 'name' | 'phone' | 'tax_exempt') =>
    name in params ? (read.text(params, name) ?? null) : customer[name];
  const email = text('email');
  if (email !== null && !/^[^@\s]+@[^@\s]+$/.test(email)) {
    throw invalid(`Invalid email address: ${email}`, 'email', 'email_invalid');
  }
  const method = read.text(read.object(params, 'invoice_settings'), 'default_payment_method');
  if (method !== undefined && !world.paymentMethods.has(method)) {
    throw missing('PaymentMethod', method, 'invoice_settings[default_payment_method]');
  }
  return {
    ...customer,
    address: read.object(params, 'address') ?? customer.address,
    description: text('description'),
    email,
    invoice_settings: {
      ...customer.invoice_settings,
      ...(method === undefined ? {} : { default_payment_method: method }),
    },
    metadata: metadataOf(params, customer.metadata),
    name: text('name'),
    phone: text('phone'),
    preferred_locales:
      'preferred_locales' in params ? read.texts(params, 'preferred_locales') : customer.preferred_locales,
    shipping: read.object(params, 'shipping') ?? customer.shipping,
    tax_exempt: text('tax_exempt') ?? 'none',
  };
}

export const customerOperations: readonly Operation[] = [
  {
    method: 'POST',
    path: '/v1/customers',
    params: 'customers.create',
    supported: settable,
    run: (world, { params }) => createCustomer(world, params),
  },
  // Before /:id, which would take `search` for an id.
  {
    method: 'GET',
    path: '/v1/customers/search',
    params: 'customers.search',
    supported: ['query', 'limit', 'expand'],
    run: (world, { params }) => {
      const matches = searchQuery(read.text(params, 'query') ?? '');
      const { data, has_more } = page(living(world), '', { limit: params['limit'] }, matches);
      return { object: 'search_result', data, has_more, next_page: null, url: '/v1/customers/search' };
    },
  },
  {
    method: 'GET',
    path: '/v1/customers/:id',
    params: 'customers.retrieve',
    run: (world, { id }) => {
      const customer = world.customers.get(id);
      if (!customer) throw missing('customer', id);
      return customer;
    },
  },
  {
    method: 'POST',
    path: '/v1/customers/:id',
    params: 'customers.update',
    supported: settable,
    run: (world, { id, params }) => {
      const before = customerById(world, id);
      const after = world.customers.set(id, apply(world, before, params)) as Customer;
      const changed = changedFields(before, after);
      if (Object.keys(changed).length > 0) world.emit('customer.updated', after, changed);
      return after;
    },
  },
  {
    method: 'DELETE',
    path: '/v1/customers/:id',
    params: 'customers.del',
    run: (world, { id }) => {
      const customer = customerById(world, id);
      for (const subscription of world.subscriptions.values()) {
        if (subscription.customer === id && subscription.status !== 'canceled') {
          endSubscription(world, subscription, 'cancellation_requested');
        }
      }
      const deleted = world.customers.set(id, { id, object: 'customer', deleted: true });
      world.sim.effect('customer.deleted', ledgerKey(customer), { id });
      world.emit('customer.deleted', customer);
      return deleted;
    },
  },
  {
    method: 'GET',
    path: '/v1/customers',
    params: 'customers.list',
    supported: ['email', 'created', 'limit', 'starting_after', 'ending_before', 'expand'],
    run: (world, { params }) => {
      const email = read.text(params, 'email');
      return page(living(world), '/v1/customers', params, (c) => email === undefined || c.email === email);
    },
  },
];

/** The fields that differ, with their old values: `previous_attributes` of an update event. */
export function changedFields<T extends object>(before: T, after: T): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(before).filter(([name, old]) => JSON.stringify(old) !== JSON.stringify(after[name as keyof T])),
  );
}

function living(world: StripeWorld): Customer[] {
  return [...world.customers.values()].filter((customer): customer is Customer => !('deleted' in customer));
}

/** `email:'a@b.c' AND metadata['tenant_id']:'t1'`: exact matches joined by AND; the rest of Stripe's grammar is refused. */
function searchQuery(query: string): (customer: Customer) => boolean {
  const clauses = query.split(/\s+AND\s+/i).map((clause) => {
    const parsed = /^(?:metadata\[['"]([^'"]+)['"]\]|(email|name))\s*:\s*['"]([^'"]*)['"]$/.exec(clause.trim());
    if (!parsed) throw invalid(`The sandbox cannot search for: ${clause}`, 'query');
    return { metadata: parsed[1], field: parsed[2] as 'email' | 'name' | undefined, value: parsed[3] };
  });
  return (customer) =>
    clauses.every(({ metadata, field, value }) =>
      metadata === undefined ? field !== undefined && customer[field] === value : customer.metadata[metadata] === value,
    );
}
