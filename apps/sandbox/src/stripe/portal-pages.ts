import { type Request, type Response, Router } from 'express';
import { type Html, html, htmlPage } from '../core/html.js';
import { enteredCard, isDecline } from './cards.js';
import type { Price } from './catalog.js';
import { customerById } from './customers.js';
import { type Params, parseForm, read } from './form.js';
import { money } from './money.js';
import { attachCard } from './payments.js';
import type { PortalVisit } from './portal.js';
import { changeSubscription, endsWithPeriod, periodEnd } from './subscription-life.js';
import { updateSubscription } from './subscription-update.js';
import type { Subscription } from './subscriptions.js';
import type { StripeWorld } from './world.js';

/** The billing portal: see the subscription, change plan or card, cancel at the end of the period or take that back. */
export function portalPages(world: StripeWorld): Router {
  const router = Router();
  router.get('/p/session/:visit', (req: Request, res: Response) => sendPortal(world, req, res, 200));
  router.post('/p/session/:visit', (req: Request, res: Response) => {
    const visit = world.portalVisits.get(String(req.params['visit']));
    if (!visit) return sendPortal(world, req, res, 404);
    const form = parseForm((req.body as Buffer).toString('utf8'));
    const { status, note } = act(world, visit, form);
    sendPortal(world, req, res, status, note);
  });
  return router;
}

function act(world: StripeWorld, visit: PortalVisit, form: Params): { status: number; note: string | undefined } {
  const mine = running(world, visit.customer);
  switch (read.text(form, 'action')) {
    case 'plan':
      return changePlan(world, mine, read.text(form, 'price') ?? '');
    case 'cancel':
      for (const subscription of mine) end(world, subscription, true);
      return { status: 200, note: 'Your subscription ends with the current period.' };
    case 'renew':
      for (const subscription of mine) end(world, subscription, false);
      return { status: 200, note: 'Your subscription goes on.' };
    default:
      return changeCard(world, visit, mine, form);
  }
}

/** As the portal does it: at once, and what the change costs or gives back goes onto the next invoice. */
function changePlan(world: StripeWorld, mine: Subscription[], price: string): { status: number; note: string } {
  if (!plansOnOffer(world).some(({ id }) => id === price)) return { status: 400, note: 'There is no such plan.' };
  world.sim.atomically(() => {
    for (const subscription of mine) {
      const item = subscription.items.data[0];
      if (item) updateSubscription(world, subscription, { items: [{ id: item.id, price }] });
    }
  });
  return { status: 200, note: 'Your plan was changed.' };
}

function end(world: StripeWorld, subscription: Subscription, wanted: boolean): void {
  // The portal of flexible billing, Stripe's default, leaves `cancel_at_period_end` alone.
  changeSubscription(world, subscription, {
    cancel_at_period_end: false,
    cancel_at: wanted ? periodEnd(subscription) : null,
    canceled_at: wanted ? world.now() : null,
    cancellation_details: { ...subscription.cancellation_details, reason: wanted ? 'cancellation_requested' : null },
  });
}

function changeCard(world: StripeWorld, visit: PortalVisit, mine: Subscription[], form: Params) {
  const card = enteredCard(read.text(form, 'card_number') ?? '', read.text(form, 'exp') ?? '', world.sim.clock.nowMs());
  const refusal = isDecline(card) ? card : card.refused;
  if (isDecline(card) || refusal) return { status: 402, note: refusal?.message };
  world.sim.atomically(() => {
    const { email, name } = customerById(world, visit.customer);
    const method = attachCard(world, card, visit.customer, { email, name });
    for (const subscription of mine) changeSubscription(world, subscription, { default_payment_method: method.id });
  });
  return { status: 200, note: 'Your card was changed.' };
}

function running(world: StripeWorld, customer: string): Subscription[] {
  return [...world.subscriptions.values()].filter((s) => s.customer === customer && s.status !== 'canceled');
}

/** What the account's portal settings let a customer change to: every price that has a name for programs. */
function plansOnOffer(world: StripeWorld): Price[] {
  return [...world.prices.values()]
    .filter((price) => price.active && price.recurring && price.lookup_key !== null)
    .sort((a, b) => a.unit_amount - b.unit_amount);
}

function sendPortal(world: StripeWorld, req: Request, res: Response, status: number, note?: string): void {
  const visit = world.portalVisits.get(String(req.params['visit']));
  if (!visit) {
    res
      .status(404)
      .type('html')
      .send(htmlPage('Sandbox portal', html`<h1>This link is no longer valid</h1>`));
    return;
  }
  const mine = running(world, visit.customer);
  const back = visit.returnUrl === null ? null : html`<p><a href="${visit.returnUrl}">Return to Latchkey</a></p>`;
  const body = html`${back}
    <h1>Billing</h1>
    ${note === undefined ? null : html`<p role="${status < 400 ? 'status' : 'alert'}" class="${status < 400 ? '' : 'error'}"><strong>${note}</strong></p>`}
    ${mine.length === 0 ? html`<p class="empty">There is no running subscription.</p>` : mine.map((one) => subscriptionPart(world, one))}
    <h2>Payment method</h2>
    <form method="post">
      <label
        >New card number <input name="card_number" inputmode="numeric" required placeholder="4242 4242 4242 4242"
      /></label>
      <label>Expiry <input name="exp" placeholder="MM / YY" /></label>
      <button name="action" value="card">Change card</button>
    </form>
    <p class="quiet">This is the sandbox: no money moves.</p>`;
  res.status(status).type('html').send(htmlPage('Sandbox portal', body));
}

function subscriptionPart(world: StripeWorld, subscription: Subscription): Html {
  const current = subscription.items.data[0]?.price;
  const until = new Date(periodEnd(subscription) * 1000).toISOString().slice(0, 10);
  const ends = endsWithPeriod(subscription);
  return html`<p>
      <strong>${nameOf(world, current)}</strong>: ${subscription.status}, ${ends ? 'ends' : 'renews'} on ${until}
    </p>
    <h2>Plans</h2>
    <div class="cards">
      ${plansOnOffer(world).map(
        (price) =>
          html`<form method="post" class="card">
            <strong>${nameOf(world, price)}</strong>
            <span>${money(price.unit_amount, price.currency)} per ${price.recurring?.interval}</span>
            <input type="hidden" name="price" value="${price.id}" />
            ${
              price.id === current?.id
                ? html`<span class="state good">Your plan</span>`
                : html`<button name="action" value="plan">Switch to ${nameOf(world, price)}</button>`
            }
          </form>`,
      )}
    </div>
    <form method="post">
      <p>
        ${
          ends
            ? html`<button name="action" value="renew">Do not cancel</button>`
            : html`<button name="action" value="cancel">Cancel the subscription</button>`
        }
      </p>
    </form>`;
}

function nameOf(world: StripeWorld, price: Price | undefined): string {
  return (price && world.products.get(price.product)?.name) ?? price?.lookup_key ?? price?.id ?? '';
}
