import { newId } from '../core/random.js';
import { invalid, missing, unsupported } from './errors.js';
import { metadataOf, read } from './form.js';
import { page } from './lists.js';
import type { Operation } from './operation.js';
import type { StripeWorld } from './world.js';

export type Product = ReturnType<typeof newProduct>;
export type Price = ReturnType<typeof newPrice>;

/** The plans of S4 with their monthly price in cents, there from the start as a configured account would have them. */
const seeded = [
  { plan: 'starter', name: 'Starter', cents: 4_900 },
  { plan: 'pro', name: 'Pro', cents: 19_900 },
  { plan: 'enterprise', name: 'Enterprise', cents: 99_900 },
];

/** Puts the seeded products and prices in place; safe to repeat. */
export function seedCatalog(world: StripeWorld): void {
  for (const { plan, name, cents } of seeded) {
    if (world.prices.has(`price_${plan}_monthly`)) continue;
    const product = newProduct(world, { id: `prod_${plan}`, name });
    const price = newPrice(world, { id: `price_${plan}_monthly`, product: product.id, currency: 'usd', cents });
    price.lookup_key = `${plan}_monthly`;
    price.recurring = monthly('month', 1);
    product.default_price = price.id;
    world.products.set(product.id, product);
    world.prices.set(price.id, price);
  }
}

function newProduct(world: StripeWorld, given: { id?: string; name: string }) {
  return {
    id: given.id ?? newId('prod', 14),
    object: 'product' as const,
    active: true,
    created: world.now(),
    default_price: null as string | null,
    description: null as string | null,
    images: [] as string[],
    livemode: false,
    marketing_features: [],
    metadata: {} as Record<string, string>,
    name: given.name,
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: 'service',
    unit_label: null,
    updated: world.now(),
    url: null,
  };
}

function newPrice(world: StripeWorld, given: { id?: string; product: string; currency: string; cents: number }) {
  return {
    id: given.id ?? newId('price'),
    object: 'price' as const,
    active: true,
    billing_scheme: 'per_unit',
    created: world.now(),
    currency: given.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: null as string | null,
    metadata: {} as Record<string, string>,
    nickname: null as string | null,
    product: given.product,
    recurring: null as ReturnType<typeof monthly> | null,
    tax_behavior: 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: 'recurring' as 'recurring' | 'one_time',
    unit_amount: given.cents,
    unit_amount_decimal: String(given.cents),
  };
}

function monthly(interval: string, intervalCount: number) {
  return { interval, interval_count: intervalCount, meter: null, trial_period_days: null, usage_type: 'licensed' };
}

export const catalogOperations: readonly Operation[] = [
  {
    method: 'POST',
    path: '/v1/products',
    params: 'products.create',
    supported: ['id', 'name', 'active', 'description', 'metadata', 'expand'],
    run: (world, { params }) => {
      const id = read.text(params, 'id');
      if (id !== undefined && world.products.has(id)) {
        throw invalid('Product already exists.', 'id', 'resource_already_exists');
      }
      const product = newProduct(world, { id, name: read.text(params, 'name') ?? '' });
      product.active = read.flag(params, 'active') ?? true;
      product.description = read.text(params, 'description') ?? null;
      product.metadata = metadataOf(params);
      world.products.set(product.id, product);
      world.emit('product.created', product);
      return product;
    },
  },
  {
    method: 'GET',
    path: '/v1/products/:id',
    params: 'products.retrieve',
    run: (world, { id }) => world.products.get(id) ?? notFound('product', id),
  },
  {
    method: 'GET',
    path: '/v1/products',
    params: 'products.list',
    supported: ['active', 'ids', 'created', 'limit', 'starting_after', 'ending_before', 'expand'],
    run: (world, { params }) => {
      const active = read.flag(params, 'active');
      const ids = read.texts(params, 'ids');
      return page(
        world.products.values(),
        '/v1/products',
        params,
        (p) => (active === undefined || p.active === active) && (ids.length === 0 || ids.includes(p.id)),
      );
    },
  },
  {
    method: 'POST',
    path: '/v1/prices',
    params: 'prices.create',
    supported:
      'active currency lookup_key metadata nickname product product_data recurring unit_amount transfer_lookup_key expand'.split(
        ' ',
      ),
    run: (world, { params }) => {
      const price = newPrice(world, {
        product: productFor(world, params),
        currency: read.text(params, 'currency') ?? '',
        cents: read.number(params, 'unit_amount') ?? needAmount(),
      });
      const recurring = read.object(params, 'recurring');
      const interval = read.text(recurring, 'interval') ?? 'month';
      if (!['day', 'week', 'month', 'year'].includes(interval))
        throw invalid('Invalid interval', 'recurring[interval]');
      if (read.text(recurring, 'usage_type') === 'metered') throw unsupported('recurring[usage_type]');
      price.recurring = recurring ? monthly(interval, read.number(recurring, 'interval_count') ?? 1) : null;
      price.type = recurring ? 'recurring' : 'one_time';
      price.active = read.flag(params, 'active') ?? true;
      price.nickname = read.text(params, 'nickname') ?? null;
      price.metadata = metadataOf(params);
      price.lookup_key = claimLookupKey(
        world,
        read.text(params, 'lookup_key'),
        read.flag(params, 'transfer_lookup_key'),
      );
      world.prices.set(price.id, price);
      world.emit('price.created', price);
      return price;
    },
  },
  {
    method: 'GET',
    path: '/v1/prices/:id',
    params: 'prices.retrieve',
    run: (world, { id }) => world.prices.get(id) ?? notFound('price', id),
  },
  {
    method: 'GET',
    path: '/v1/prices',
    params: 'prices.list',
    supported: 'active currency lookup_keys product type created limit starting_after ending_before expand'.split(' '),
    run: (world, { params }) => {
      const active = read.flag(params, 'active');
      const keys = read.texts(params, 'lookup_keys');
      const same = (name: 'currency' | 'product' | 'type', value: string) =>
        (read.text(params, name) ?? value) === value;
      return page(
        world.prices.values(),
        '/v1/prices',
        params,
        (p) =>
          (active === undefined || p.active === active) &&
          (keys.length === 0 || (p.lookup_key !== null && keys.includes(p.lookup_key))) &&
          same('currency', p.currency) &&
          same('product', p.product) &&
          same('type', p.type),
      );
    },
  },
];

function productFor(world: StripeWorld, params: Parameters<typeof read.object>[0]): string {
  const data = read.object(params, 'product_data');
  const id = read.text(params, 'product');
  if (id !== undefined) return (world.products.get(id) ?? notFound('product', id, 'product')).id;
  if (!data) throw invalid('You must specify either `product` or `product_data`.', 'product', 'parameter_missing');
  const product = newProduct(world, { id: read.text(data, 'id'), name: read.text(data, 'name') ?? '' });
  product.metadata = metadataOf(data);
  return world.products.set(product.id, product).id;
}

/** A lookup key belongs to one price; taking it from another needs `transfer_lookup_key`. */
function claimLookupKey(world: StripeWorld, key: string | undefined, transfer: boolean | undefined): string | null {
  if (key === undefined) return null;
  const holder = [...world.prices.values()].find((price) => price.lookup_key === key);
  if (holder && transfer !== true) {
    throw invalid(`A price (\`${holder.id}\`) already uses that lookup key.`, 'lookup_key', 'resource_already_exists');
  }
  if (holder) world.prices.set(holder.id, { ...holder, lookup_key: null });
  return key;
}

function needAmount(): never {
  throw invalid('You must specify `unit_amount`; the sandbox knows no tiers.', 'unit_amount', 'parameter_missing');
}

function notFound(what: string, id: string, param?: string): never {
  throw missing(what, id, param);
}
