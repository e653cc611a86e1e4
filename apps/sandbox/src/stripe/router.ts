import { type NextFunction, type Request, type RequestHandler, type Response, Router } from 'express';
import { newId } from '../core/random.js';
import type { Sim } from '../core/sim.js';
import { catalogOperations, seedCatalog } from './catalog.js';
import { customerOperations } from './customers.js';
import { invalid, StripeError, stripeErrorBody, unsupported } from './errors.js';
import { eventOperations, forgetOldEvents } from './events.js';
import { expand } from './expand.js';
import { type Params, parseForm, read } from './form.js';
import { hostedPages } from './hosted-pages.js';
import { Idempotency } from './idempotency.js';
import { invoiceOperations } from './invoices.js';
import type { Operation } from './operation.js';
import { paymentOperations } from './payments.js';
import { portalOperations } from './portal.js';
import { previewOperations } from './preview-invoice.js';
import { refundOperations } from './refunds.js';
import { sessionOperations, watchSessions } from './sessions.js';
import { watchSubscriptions } from './subscription-life.js';
import { subscriptionOperations } from './subscriptions.js';
import { validate } from './validate.js';
import { webhookEndpointOperations } from './webhook-endpoints.js';
import { WebhookDispatcher } from './webhooks.js';
import { API_VERSION, StripeWorld } from './world.js';

/** Everything the stand-in answers. */
const operations: readonly Operation[] = [
  ...customerOperations,
  ...catalogOperations,
  ...sessionOperations,
  ...subscriptionOperations,
  ...invoiceOperations,
  ...previewOperations,
  ...paymentOperations,
  ...refundOperations,
  ...portalOperations,
  ...eventOperations,
  ...webhookEndpointOperations,
];

const HOUSEKEEPING = 'stripe.housekeeping';
const DAY_MS = 86_400_000;

/** What the API, the hosted pages and the console share. */
export interface Stripe {
  world: StripeWorld;
  webhooks: WebhookDispatcher;
  idempotency: Idempotency;
}

export function stripeOf(sim: Sim): Stripe {
  return sim.once('stripe', () => {
    const world = new StripeWorld(sim);
    const stripe = { world, webhooks: new WebhookDispatcher(world), idempotency: new Idempotency(sim) };
    watchSessions(world);
    watchSubscriptions(world);
    const begin = () => {
      seedCatalog(world);
      if (sim.clock.pending().some((item) => item.kind === HOUSEKEEPING)) return;
      sim.clock.schedule(sim.clock.nowMs() + DAY_MS, HOUSEKEEPING, '');
    };
    sim.clock.on(HOUSEKEEPING, () => {
      forgetOldEvents(world);
      stripe.webhooks.forgetOldDeliveries();
      sim.clock.schedule(sim.clock.nowMs() + DAY_MS, HOUSEKEEPING, '');
    });
    begin();
    sim.whenReset(begin);
    return stripe;
  });
}

/** Stripe's API and its hosted pages. */
export function createStripe(sim: Sim): Router {
  const stripe = stripeOf(sim);
  const router = Router();
  router.use(hostedPages(stripe.world));
  router.use('/v1', (req: Request, res: Response, next: NextFunction) => {
    res.set({ 'request-id': newId('req', 14), 'stripe-version': API_VERSION });
    authenticate(req);
    next();
  });
  for (const operation of operations) {
    const serve = (req: Request, res: Response) => answer(stripe, operation, req, res);
    if (operation.method === 'GET') router.get(operation.path, serve);
    else if (operation.method === 'POST') router.post(operation.path, serve);
    else router.delete(operation.path, serve);
  }
  router.use((req: Request) => {
    throw new StripeError(404, {
      type: 'invalid_request_error',
      message: `Unrecognized request URL (${req.method}: ${req.path}). The sandbox may not imitate this part of Stripe.`,
    });
  });
  router.use((error: unknown, _req: Request, res: Response, next: NextFunction) => {
    if (error instanceof StripeError) res.status(error.status).json(error.body());
    else next(error);
  });
  return router;
}

/** A busy idempotency key is noticed when the request arrives, not after its latency. */
export function stripeDoor(sim: Sim): RequestHandler {
  return stripeOf(sim).idempotency.door;
}

function answer(stripe: Stripe, operation: Operation, req: Request, res: Response): void {
  const { world, idempotency } = stripe;
  const key = req.get('idempotency-key');
  if (key !== undefined) res.set('idempotency-key', key);
  const first = idempotency.recall(req);
  if (first) {
    res.set('idempotent-replayed', 'true').status(first.status).type('json').send(first.body);
    return;
  }
  const { status, text } = world.sim.atomically(() => {
    const result = execute(world, operation, req);
    if (operation.method === 'POST') idempotency.remember(req, result.status, result.text);
    return result;
  });
  res.status(status).type('json').send(text);
}

/** Runs the operation. What it throws as 400 or 404 was refused before anything happened, and is not remembered. */
function execute(world: StripeWorld, operation: Operation, req: Request): { status: number; text: string } {
  const text =
    operation.method === 'POST' ? (req.body as Buffer).toString('utf8') : (req.originalUrl.split('?')[1] ?? '');
  const params = validate(operation.params, parseForm(text));
  if (operation.supported) refuseUnsupported(params, operation.supported);
  const injected = world.sim.currentFault();
  if (injected?.type === 'status')
    return { status: injected.status, text: JSON.stringify(stripeErrorBody(injected.status)) };
  const id = req.params['id'];
  let began = false;
  try {
    const result = operation.run(world, { id: typeof id === 'string' ? id : '', params });
    began = true;
    return { status: 200, text: JSON.stringify(expand(world, result, read.texts(params, 'expand'))) };
  } catch (error) {
    // Refused before anything happened: thrown on, not remembered. Afterwards (a bad `expand`) the work stands.
    if (error instanceof StripeError && !began) throw error;
    if (error instanceof StripeError) return { status: error.status, text: JSON.stringify(error.body()) };
    // A bug of ours is this vendor's 500, and like those it is remembered under its key.
    console.error('sandbox stripe:', error);
    return { status: 500, text: JSON.stringify(stripeErrorBody(500)) };
  }
}

function refuseUnsupported(params: Params, supported: readonly string[]): void {
  const other = Object.keys(params).find((name) => !supported.includes(name) && name !== 'expand');
  if (other !== undefined) throw unsupported(other);
}

function authenticate(req: Request): void {
  const header = req.get('authorization') ?? '';
  const key = header.startsWith('Bearer ') ? header.slice(7) : basicUser(header);
  if (key === '') {
    throw new StripeError(401, { type: 'invalid_request_error', message: 'You did not provide an API key.' });
  }
  if (!/^[sr]k_test_\w+$/.test(key)) {
    const hint = key.startsWith('sk_live_') || key.startsWith('rk_live_') ? ' The sandbox takes test keys only.' : '';
    throw new StripeError(401, {
      type: 'invalid_request_error',
      message: `Invalid API Key provided: ${key.slice(0, 8)}****.${hint}`,
    });
  }
  const version = req.get('stripe-version');
  if (version !== undefined && version !== API_VERSION) {
    throw invalid(`The sandbox speaks version ${API_VERSION} only, not ${version}.`);
  }
}

/** curl's `-u sk_test_x:` */
function basicUser(header: string): string {
  if (!header.startsWith('Basic ')) return '';
  return Buffer.from(header.slice(6), 'base64').toString('utf8').split(':')[0] ?? '';
}
