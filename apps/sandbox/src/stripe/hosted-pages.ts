import { type Request, type Response, Router } from 'express';
import { type Html, html, htmlPage } from '../core/html.js';
import { type Decline, enteredCard, isDecline } from './cards.js';
import { completeCheckout } from './complete-checkout.js';
import { parseForm, read } from './form.js';
import { portalPages } from './portal-pages.js';
import { invoicePage } from './invoice-page.js';
import { money } from './money.js';
import type { Session } from './sessions.js';
import type { StripeWorld } from './world.js';

/** The pages people see: Checkout and the billing portal. A browser's form and a plain `curl -d` both work. */
export function hostedPages(world: StripeWorld): Router {
  const router = Router();
  router.get('/c/pay/:session', (req: Request, res: Response) => {
    const session = openSession(world, req, res);
    if (session) sendPage(res, 200, payForm(world, session));
  });
  router.post('/c/pay/:session', (req: Request, res: Response) => {
    const session = openSession(world, req, res);
    if (session) pay(world, session, req, res);
  });
  router.get('/c/cancel/:session', (req: Request, res: Response) => {
    const session = world.sessions.get(String(req.params['session']));
    if (session?.cancel_url) res.redirect(303, session.cancel_url);
    else sendPage(res, 404, html`<h1>Nothing to go back to</h1>`);
  });
  router.use(portalPages(world));
  router.use(invoicePage(world));
  return router;
}

function pay(world: StripeWorld, session: Session, req: Request, res: Response): void {
  const form = parseForm((req.body as Buffer).toString('utf8'));
  const card = enteredCard(read.text(form, 'card_number') ?? '', read.text(form, 'exp') ?? '', world.sim.clock.nowMs());
  const email = knownEmail(world, session) ?? read.text(form, 'email') ?? '';
  if (!/^[^@\s]+@[^@\s]+$/.test(email)) return refuse(world, session, res, { message: 'Enter a valid email address.' });
  if (isDecline(card)) return refuse(world, session, res, card);
  const answer = read.text(form, 'three_d_secure');
  if (card.threeDSecure && answer === undefined) return sendPage(res, 200, confirmForm(session, form));
  if (card.threeDSecure && answer !== 'complete') {
    return refuse(world, session, res, {
      message:
        'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
    });
  }
  const result = completeCheckout(world, session, { email, name: read.text(form, 'name') ?? null, card });
  if ('message' in result) return refuse(world, session, res, result);
  res.redirect(303, successUrl(result));
}

/** The session if it can still be paid; otherwise the page that says why not, with a way on. */
function openSession(world: StripeWorld, req: Request, res: Response): Session | undefined {
  const session = world.sessions.get(String(req.params['session']));
  if (!session) {
    sendPage(
      res,
      404,
      html`<h1>Something went wrong</h1>
        <p>The page you were looking for could not be found. Check the link and try again.</p>`,
    );
    return undefined;
  }
  if (session.status === 'open') return session;
  if (session.status === 'complete') {
    sendPage(
      res,
      409,
      html`<h1>You’re all done here</h1>
        <p>This checkout is already paid; your card was not charged again.</p>
        <p><a href="${successUrl(session)}">Continue</a></p>`,
    );
    return undefined;
  }
  sendPage(
    res,
    410,
    html`<h1>This checkout has expired</h1>
      <p>Nothing was charged. Please start again where you came from.</p>
      ${session.cancel_url ? html`<p><a href="${session.cancel_url}">Go back</a></p>` : null}`,
  );
  return undefined;
}

function refuse(world: StripeWorld, session: Session, res: Response, why: Decline | { message: string }): void {
  if ('code' in why) res.set('x-sandbox-decline', why.decline_code ?? why.code);
  sendPage(res, 402, payForm(world, session, why.message));
}

function payForm(world: StripeWorld, session: Session, error?: string): Html {
  const email = knownEmail(world, session);
  const items = world.sessionPlans.get(session.id)?.lineItems ?? [];
  const trial = world.sessionPlans.get(session.id)?.trialDays;
  return html`<h1>Subscribe</h1>
    <ul>
      ${items.map((item) => html`<li>${item.description}: ${money(item.amount_total, item.currency)} per ${item.price.recurring?.interval}</li>`)}
    </ul>
    <p>
      ${trial ? html`${trial} days free. ` : null}<strong
        >Total due today: ${money(session.amount_total, session.currency)}</strong
      >
    </p>
    ${error === undefined ? null : html`<p class="error" role="alert">${error}</p>`}
    <form method="post" action="/c/pay/${session.id}">
      ${
        email === null
          ? html`<label>Email <input name="email" type="email" autocomplete="email" required /></label>`
          : html`<p>Email: <strong>${email}</strong></p>`
      }
      <label
        >Card number
        <input
          name="card_number"
          inputmode="numeric"
          autocomplete="cc-number"
          placeholder="4242 4242 4242 4242"
          required
      /></label>
      <label>Expiry <input name="exp" placeholder="MM / YY" autocomplete="cc-exp" required /></label>
      <label>Security code <input name="cvc" inputmode="numeric" autocomplete="cc-csc" maxlength="4" required /></label>
      <label>Name on card <input name="name" autocomplete="cc-name" /></label>
      <button type="submit" class="main">Pay</button>
    </form>
    ${session.cancel_url ? html`<p><a href="/c/cancel/${session.id}">Cancel and go back</a></p>` : null}
    <p class="quiet">This is the sandbox: no money moves, and only Stripe’s test cards work.</p>`;
}

/** The bank's page of a 3-D Secure card: the card details travel on in hidden fields. */
function confirmForm(session: Session, form: ReturnType<typeof parseForm>): Html {
  const kept = ['email', 'card_number', 'exp', 'name'].flatMap((name) => {
    const value = read.text(form, name);
    return value === undefined ? [] : [html`<input type="hidden" name="${name}" value="${value}" />`];
  });
  return html`<h1>Your bank asks you to confirm</h1>
    <form method="post" action="/c/pay/${session.id}">
      ${kept}
      <button type="submit" name="three_d_secure" value="complete">Complete authentication</button>
      <button type="submit" name="three_d_secure" value="fail">Fail authentication</button>
    </form>`;
}

function knownEmail(world: StripeWorld, session: Session): string | null {
  const customer = session.customer === null ? undefined : world.customers.get(session.customer);
  return session.customer_email ?? (customer && !('deleted' in customer) ? customer.email : null);
}

function successUrl(session: Session): string {
  return (session.success_url ?? '/').replaceAll('{CHECKOUT_SESSION_ID}', session.id);
}

function sendPage(res: Response, status: number, body: Html): void {
  res.status(status).type('html').send(htmlPage('Sandbox checkout', body));
}
