import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FindLostEvents } from '../src/reconciler/find-lost-events.js';
import { usedEventTypes } from '../src/stripe-inbox/read-stripe-event.js';
import { BillingWorld } from './billing-world.js';

let here: BillingWorld;
beforeAll(async () => void (here = await BillingWorld.start()));
afterAll(() => here.stop());

interface StripeEventBody {
  id: string;
  type: string;
  data: { object: { id: string; customer: string } };
}

/** How many strangers live the same life; each is told about in an order of its own. */
const strangers = 12;

/** An order in which some are told twice, some at once with the next, and some not at all. */
const telling = (events: number) =>
  fc.record({
    order: fc.shuffledSubarray(
      Array.from({ length: events }, (_unused, index) => index),
      { minLength: events, maxLength: events },
    ),
    doubled: fc.array(fc.boolean(), { minLength: events, maxLength: events }),
    lost: fc.array(
      fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
      { minLength: events, maxLength: events },
    ),
    atOnce: fc.boolean(),
  });

test('every order of a real life’s webhooks, doubled and in part lost, ends in the same rows and the same facts', async () => {
  await here.sim('POST', 'stripe/webhook-faults', { drop_probability: 1 });
  const tenants = Array.from({ length: strangers }, () => here.newTenant());
  const customers = await Promise.all(tenants.map(liveOneLife));
  const lives = await Promise.all(customers.map(eventsOf));
  const types = lives[0]?.map(({ type }) => type) ?? [];
  expect(new Set(types)).toEqual(new Set(usedEventTypes.filter((type) => !/expired|async|payment_failed/.test(type))));
  expect(new Set(lives.map((events) => events.length))).toEqual(new Set([types.length]));

  await fc.assert(
    fc.asyncProperty(
      fc.array(telling(types.length), { minLength: strangers, maxLength: strangers }),
      async (tellings) => {
        await Promise.all(tellings.map((each, index) => tell(lives[index] ?? [], each)));
        await here.advance(61_000);
        // What was lost, and then everything again, three days late.
        await here.service.get(FindLostEvents).run(new AbortController().signal);
        await here.settled();
        await here.advanceDays(3);
        for (const events of lives) await Promise.all(events.map((event) => here.deliver(event)));
        await here.settled();
      },
    ),
    { numRuns: 1, endOnFailure: true },
  );

  const [first, ...others] = await Promise.all(tenants.map(ending));
  expect(first).toMatchObject({
    checkout: ['completed'],
    subscriptions: [{ plan: 'pro', status: 'canceled', end_reason: 'customer', unwanted: false }],
    invoices: [{ state: 'paid', amount_cents: 4_900 }],
    refunds: [{ reason: 'operator', amount_cents: 1_500 }],
    facts: [
      'charge-refunded {"amount_cents":1500,"reason":"operator"}',
      'checkout-completed {"plan":"pro"}',
      'invoice-paid {"amount_cents":4900}',
      'subscription-cancelled {"reason":"customer","refunded_cents":0}',
    ],
  });
  for (const other of others) expect(other).toEqual(first);
});

test('a delivery that could not be stored is not answered 2xx, and is taken when Stripe comes again', async () => {
  const event = here.stripeEvent('customer.tax_id.created', { id: 'txi_1' });
  await here.service.sql('alter table stripe_event rename to stripe_event_away');
  const refused = await here.deliver(event);
  await here.service.sql('alter table stripe_event_away rename to stripe_event');
  expect(refused.status).toBeGreaterThanOrEqual(500);
  expect((await here.deliver(event)).status).toBe(200);
  expect(await here.service.sql('select state from stripe_event where id = $1', [event['id']])).toHaveLength(1);
});

test('whatever byte of a delivery is changed, lost or added, and however old it is, it gets 400 and leaves no row', async () => {
  const count = async () => (await here.service.sql('select id from stripe_event')).length;
  const before = await count();
  const event = here.stripeEvent('checkout.session.completed', { id: 'cs_forged', object: 'checkout.session' });
  const body = JSON.stringify(event);
  const spoiled = fc.record({
    at: fc.integer({ min: 0, max: body.length - 1 }),
    byte: fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code)),
    how: fc.constantFrom('change', 'lose', 'add', 'age'),
    seconds: fc.integer({ min: 305, max: 400_000 }),
  });
  await fc.assert(
    fc.asyncProperty(spoiled, async ({ at, byte, how, seconds }) => {
      const altered = {
        change: body.slice(0, at) + byte + body.slice(at + 1),
        lose: body.slice(0, at) + body.slice(at + 1),
        add: body.slice(0, at) + byte + body.slice(at),
        age: body,
      }[how];
      fc.pre(how === 'age' || altered !== body);
      const answer = await here.deliver(body, {
        altered,
        ...(how === 'age' ? { atMs: Date.now() - seconds * 1_000 } : {}),
      });
      expect(answer.status).toBe(400);
      expect(['webhook_signature_invalid', 'malformed_json']).toContain(answer.code);
    }),
    { numRuns: 100 },
  );
  expect(await count()).toBe(before);
});

/** Pays, is charged when the trial ends, takes a larger plan, gets a part back, and leaves. Returns the id at Stripe. */
async function liveOneLife(tenant: string, index: number): Promise<string> {
  await here.pay((await here.open(tenant)).checkout_url);
  const [row] = await here.service.sql<{ id: string }>(
    'select stripe_customer_id as id from customer where tenant_id = $1',
    [tenant],
  );
  const customer = row?.id ?? '';
  // The clock is everybody's: the last to come moves it.
  await moveOnTogether(index);
  const subscription = ((await here.stripe('GET', `subscriptions?customer=${customer}`)) as ListOf<Subscription>)
    .data[0];
  const charge = ((await here.stripe('GET', `charges?customer=${customer}`)) as ListOf<{ id: string }>).data[0];
  const prices = (await here.stripe('GET', 'prices?lookup_keys[0]=pro_monthly')) as ListOf<{ id: string }>;
  const path = `subscriptions/${subscription?.id}`;
  await here.stripe('POST', path, {
    'items[0][id]': subscription?.items.data[0]?.id ?? '',
    'items[0][price]': prices.data[0]?.id ?? '',
    proration_behavior: 'none',
  });
  for (const amount of ['1000', '500']) await here.stripe('POST', 'refunds', { charge: charge?.id ?? '', amount });
  await here.stripe('DELETE', path);
  return customer;
}

interface ListOf<T> {
  data: T[];
}
interface Subscription {
  id: string;
  items: ListOf<{ id: string }>;
}

let arrived = 0;
let moved: Promise<void> | undefined;
async function moveOnTogether(_index: number): Promise<void> {
  arrived += 1;
  await here.until(async () => arrived === strangers, 'everybody has paid');
  // Reminded of the end of the trial first, then charged.
  moved ??= here.advanceDays(11.5).then(() => here.advanceDays(3.5));
  await moved;
}

/** A customer's events, as Stripe lists them and would have sent them, oldest first. */
async function eventsOf(customer: string): Promise<StripeEventBody[]> {
  const types = usedEventTypes.map((type, index) => `types[${index}]=${type}`).join('&');
  const events: StripeEventBody[] = [];
  for (let more = true, after = ''; more;) {
    const page = (await here.stripe('GET', `events?limit=100&${types}${after}`)) as {
      data: StripeEventBody[];
      has_more: boolean;
    };
    events.push(
      ...page.data.filter(({ data, type }) => data.object.customer === customer && !isFree(type, data.object)),
    );
    more = page.has_more;
    after = `&starting_after=${page.data.at(-1)?.id}`;
  }
  return events.reverse();
}

/** The $0 invoice of the trial says nothing. */
function isFree(type: string, object: object): boolean {
  return type === 'invoice.paid' && 'amount_paid' in object && object.amount_paid === 0;
}

async function tell(
  events: StripeEventBody[],
  how: { order: number[]; doubled: boolean[]; lost: boolean[]; atOnce: boolean },
) {
  const told = how.order
    .filter((index) => !how.lost[index])
    .flatMap((index) => (how.doubled[index] ? [events[index], events[index]] : [events[index]]));
  const deliveries = told.map((event) => async () => expect((await here.deliver(event ?? {})).status).toBe(200));
  if (how.atOnce) await Promise.all(deliveries.map((deliver) => deliver()));
  else for (const deliver of deliveries) await deliver();
}

async function ending(tenant: string): Promise<unknown> {
  const rows = (columns: string, table: string) =>
    here.service.sql(`select ${columns} from ${table} where tenant_id = $1`, [tenant]);
  const kept = ['plan', 'status', 'amount_cents', 'reason', 'refunded_cents', 'attempt'];
  const facts = (await here.facts(tenant)).map(({ name, data }) => {
    const figures = Object.entries(data).filter(([key]) => kept.includes(key));
    return `${name} ${JSON.stringify(Object.fromEntries(figures.sort(([a], [b]) => a.localeCompare(b))))}`;
  });
  return {
    checkout: (await rows('state', 'checkout')).map((row) => row['state']),
    subscriptions: await rows('plan, status, end_reason, unwanted', 'subscription'),
    invoices: await rows('state, amount_cents, attempts', 'invoice'),
    refunds: await rows('reason, amount_cents', 'refund'),
    facts: facts.sort(),
  };
}
