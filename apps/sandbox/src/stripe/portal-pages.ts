import { type Request, type Response, Router } from 'express';
import { html, htmlPage } from '../core/html.js';
import { enteredCard, isDecline } from './cards.js';
import { customerById } from './customers.js';
import { parseForm, read } from './form.js';
import { attachCard } from './payments.js';
import { changeSubscription, periodEnd } from './subscription-life.js';
import type { StripeWorld } from './world.js';

/** The billing portal: see the subscription, change the card, cancel at the end of the period. */
export function portalPages(world: StripeWorld): Router {
  const router = Router();
  router.get('/p/session/:visit', (req: Request, res: Response) => sendPortal(world, req, res, 200));
  router.post('/p/session/:visit', (req: Request, res: Response) => {
    const visit = world.portalVisits.get(String(req.params['visit']));
    if (!visit) return sendPortal(world, req, res, 404);
    const form = parseForm((req.body as Buffer).toString('utf8'));
    const mine = running(world, visit.customer);
    if (read.text(form, 'action') === 'cancel') {
      for (const subscription of mine) {
        changeSubscription(world, subscription, {
          cancel_at_period_end: true,
          cancel_at: periodEnd(subscription),
          canceled_at: world.now(),
          cancellation_details: { ...subscription.cancellation_details, reason: 'cancellation_requested' },
        });
      }
      return sendPortal(world, req, res, 200, 'Your subscription ends with the current period.');
    }
    const card = enteredCard(
      read.text(form, 'card_number') ?? '',
      read.text(form, 'exp') ?? '',
      world.sim.clock.nowMs(),
    );
    const refusal = isDecline(card) ? card : card.refused;
    if (isDecline(card) || refusal) return sendPortal(world, req, res, 402, refusal?.message);
    world.sim.atomically(() => {
      const { email, name } = customerById(world, visit.customer);
      const method = attachCard(world, card, visit.customer, { email, name });
      for (const subscription of mine) changeSubscription(world, subscription, { default_payment_method: method.id });
    });
    sendPortal(world, req, res, 200, 'Your card was changed.');
  });
  return router;
}

function running(world: StripeWorld, customer: string) {
  return [...world.subscriptions.values()].filter((s) => s.customer === customer && s.status !== 'canceled');
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
  const rows = running(world, visit.customer).map((subscription) => {
    const plans = subscription.items.data.map((item) => item.price.lookup_key ?? item.price.id).join(', ');
    const until = new Date(periodEnd(subscription) * 1000).toISOString().slice(0, 10);
    return html`<li>
      ${plans}: ${subscription.status}, ${subscription.cancel_at_period_end ? 'ends' : 'renews'} on ${until}
    </li>`;
  });
  const body = html`<h1>Billing</h1>
    ${note === undefined ? null : html`<p role="status"><strong>${note}</strong></p>`}
    <ul>
      ${rows}
    </ul>
    <form method="post">
      <label>New card number <input name="card_number" required placeholder="4242 4242 4242 4242" /></label>
      <label>Expiry <input name="exp" placeholder="MM / YY" /></label>
      <button name="action" value="card">Change card</button>
    </form>
    <form method="post"><button name="action" value="cancel">Cancel the subscription</button></form>
    ${visit.returnUrl === null ? null : html`<p><a href="${visit.returnUrl}">Back</a></p>`}`;
  res.status(status).type('html').send(htmlPage('Sandbox portal', body));
}
