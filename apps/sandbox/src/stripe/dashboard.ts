import { consolePage, stateText, table, timeText } from '../console/frame.js';
import { type Html, html } from '../core/html.js';
import { money } from './money.js';
import { endsWithPeriod } from './subscription-life.js';
import type { StripeObject, StripeWorld } from './world.js';
import type { Delivery, WebhookDispatcher } from './webhooks.js';

const shown = 50;

type Rows = readonly (readonly (Html | string | number)[])[];

/** Stripe's dashboard: who pays what, what was charged, and which events arrived. The last fifty of each. */
export function dashboardPage(world: StripeWorld, webhooks: WebhookDispatcher): string {
  const parts: readonly [id: string, title: string, heads: readonly string[], rows: Rows, empty: string][] = [
    [
      'customers',
      'Customers',
      ['Customer', 'Email', 'Tenant', 'Since'],
      customers(world),
      'Nobody yet: a customer appears with the first payment page.',
    ],
    [
      'subscriptions',
      'Subscriptions',
      ['Subscription', 'Plan', 'State', 'Next date', 'Customer'],
      subscriptions(world),
      'None yet: one begins when a payment page is completed.',
    ],
    [
      'payments',
      'Payments',
      ['Charge', 'Amount', 'State', 'When', 'Customer'],
      payments(world),
      'Nothing was charged yet: trials are free. Advance the clock by 14 days to see a charge.',
    ],
    ['invoices', 'Invoices', ['Invoice', 'Total', 'State', 'When', 'Customer'], invoices(world), 'None yet.'],
    ['checkouts', 'Payment pages', ['State', 'Tenant', 'Closes', 'Session'], checkouts(world), 'None was opened yet.'],
    ['events', 'Events', ['Type', 'Delivery', 'When', 'Event'], events(world, webhooks), 'Nothing has happened yet.'],
  ];
  return consolePage(
    'Stripe',
    '/stripe',
    html`<h1>Stripe</h1>
      <p class="quiet">
        Test mode. The last ${shown} of each:
        ${parts.map(([id, title], index) => html`${index > 0 ? ' · ' : ''}<a href="#${id}">${title}</a>`)}
      </p>
      <div data-live="stripe">
        ${parts.map(
          ([id, title, heads, rows, empty]) =>
            html`<h2 id="${id}">${title}</h2>
              ${table(title, heads, rows, empty)}`,
        )}
      </div>`,
  );
}

const last = <T>(items: Iterable<T>): T[] => [...items].slice(-shown).reverse();
const link = (id: string): Html => html`<a href="/stripe/${id}">${id}</a>`;
const at = (seconds: number | null): Html | string => (seconds === null ? '' : timeText(seconds * 1000));

function customers(world: StripeWorld): Rows {
  return last(world.customers.values()).map((customer) =>
    'deleted' in customer
      ? [link(customer.id), stateText('deleted', ''), '', '']
      : [link(customer.id), customer.email ?? '', customer.metadata['tenant_id'] ?? '', at(customer.created)],
  );
}

function subscriptions(world: StripeWorld): Rows {
  return last(world.subscriptions.values()).map((one) => {
    const good = one.status === 'active' || one.status === 'trialing';
    const state = endsWithPeriod(one) && one.status !== 'canceled' ? `${one.status}, ends` : one.status;
    const item = one.items.data[0];
    return [
      link(one.id),
      item?.price.lookup_key ?? '',
      stateText(state, good ? 'good' : 'bad'),
      one.status === 'canceled' ? '' : at(item?.current_period_end ?? null),
      link(one.customer),
    ];
  });
}

function payments(world: StripeWorld): Rows {
  return last(world.charges.values()).map((charge) => [
    link(charge.id),
    money(charge.amount, charge.currency),
    charge.amount_refunded > 0
      ? stateText(`refunded ${money(charge.amount_refunded, charge.currency)}`, 'wait')
      : stateText(charge.status, charge.status === 'succeeded' ? 'good' : 'bad'),
    at(charge.created),
    link(charge.customer),
  ]);
}

function invoices(world: StripeWorld): Rows {
  return last(world.invoices.values()).map((invoice) => [
    invoice.hosted_invoice_url === null
      ? link(invoice.id)
      : html`${link(invoice.id)} <a href="${invoice.hosted_invoice_url}">page</a>`,
    money(invoice.total, invoice.currency),
    stateText(invoice.status, invoice.status === 'paid' ? 'good' : invoice.status === 'draft' ? '' : 'wait'),
    at(invoice.created),
    link(invoice.customer),
  ]);
}

function checkouts(world: StripeWorld): Rows {
  return last(world.sessions.values()).map((session) => [
    stateText(session.status, session.status === 'complete' ? 'good' : session.status === 'open' ? 'wait' : ''),
    session.metadata['tenant_id'] ?? '',
    session.status === 'open' ? at(session.expires_at) : '',
    link(session.id),
  ]);
}

function events(world: StripeWorld, webhooks: WebhookDispatcher): Rows {
  const deliveries = deliveriesByEvent(webhooks);
  return last(world.events.values()).map((event) => [
    event.type,
    deliveryText(deliveries.get(event.id) ?? []),
    at(event.created),
    link(event.id),
  ]);
}

function deliveriesByEvent(webhooks: WebhookDispatcher): Map<string, Delivery[]> {
  return Map.groupBy(webhooks.deliveries.values(), ({ event }) => event);
}

const moods = { delivered: 'good', pending: 'wait', failed: 'bad', lost: 'bad' } as const;

function deliveryText(deliveries: readonly Delivery[]): Html {
  if (deliveries.length === 0) return stateText('no endpoint', '');
  return html`${deliveries.map(({ state, attempts }) => {
    const tries = attempts.length > 1 ? `, ${attempts.length} tries` : '';
    return html`${stateText(`${state}${tries}`, moods[state])} `;
  })}`;
}

/** One object as the API answers it; an event also with every attempt to deliver it. */
export function objectPage(object: StripeObject, webhooks: WebhookDispatcher): string {
  const { id } = object;
  const deliveries = object.object === 'event' ? [...webhooks.deliveries.values()].filter((d) => d.event === id) : null;
  return consolePage(
    id,
    '/stripe',
    html`<p><a href="/stripe">Stripe</a></p>
      <h1>${id}</h1>
      ${deliveries && deliveryPart(id, deliveries)}
      <pre tabindex="0" aria-label="The object">${linked(JSON.stringify(object, null, 2))}</pre>`,
  );
}

function deliveryPart(id: string, deliveries: readonly Delivery[]): Html {
  const attempts = deliveries.flatMap(({ attempts: all, endpoint }) =>
    all.map((attempt) => [
      timeText(attempt.at),
      endpoint,
      attempt.status === null
        ? stateText(attempt.error ?? 'no answer', 'bad')
        : stateText(String(attempt.status), attempt.status < 300 ? 'good' : 'bad'),
      `${attempt.duration_ms} ms`,
    ]),
  );
  return html`<div data-live="deliveries">
      <p>${deliveryText(deliveries)}</p>
      ${table('Attempts', ['When', 'To', 'Answer', 'Time'], attempts, 'It was not sent yet.')}
    </div>
    <form method="post" action="/stripe/events/${id}/resend">
      <p><button>Send it again</button></p>
    </form>`;
}

/** Ids of other objects lead to them. */
function linked(json: string): Html {
  const parts = json.split(/\b((?:cus|sub|in|ch|pi|pm|cs_test|price|prod|re|evt)_[A-Za-z0-9_]+)\b/);
  return html`${parts.map((part, index) => (index % 2 === 1 ? link(part) : html`${part}`))}`;
}

export function noSuchObjectPage(id: string): string {
  return consolePage(
    'No such object',
    '/stripe',
    html`<h1>There is no ${id}</h1>
      <p class="empty"><a href="/stripe">Back to Stripe</a></p>`,
  );
}
