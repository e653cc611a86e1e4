import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { parse, problem } from '../console/control.js';
import type { Sim } from '../core/sim.js';
import { dashboardPage, noSuchObjectPage, objectPage } from './dashboard.js';
import { stripeOf } from './router.js';
import { NO_WEBHOOK_FAULTS, type WebhookFaults } from './webhooks.js';

const ms = z.number().min(0).max(3_600_000);
const webhookFaultsSchema = z.strictObject({
  delay_ms: ms.default(0),
  duplicate: z.number().int().min(0).max(20).default(0),
  shuffle_window_ms: ms.default(0),
  drop_first: z.number().int().min(0).default(0),
  drop_probability: z.number().min(0).max(1).default(0),
  fail_first_attempt: z.boolean().default(false),
  bad_signature: z.boolean().default(false),
  signed_at: z.enum(['real', 'virtual']).default('real'),
  timestamp_shift_seconds: z.number().int().min(-86_400).max(86_400).default(0),
  seed: z.number().int().default(1),
}) satisfies z.ZodType<WebhookFaults>;
const deliveryFilter = z.object({
  event: z.string().optional(),
  type: z.string().optional(),
  state: z.enum(['pending', 'delivered', 'failed', 'lost']).optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(1000),
});
const orderSchema = z.strictObject({ order: z.enum(['a', 'b']) });
const dunningSchema = z.strictObject({ ends: z.enum(['canceled', 'unpaid']) });

/** Stripe's switches and its pages on the console port. */
export function stripeConsole(sim: Sim): Router {
  const { world, webhooks } = stripeOf(sim);
  const router = Router();

  router.post('/_sim/stripe/dunning', (req, res) => {
    const wish = parse(dunningSchema, req.body, res);
    if (wish) res.json({ ends: world.settings.set('dunning', wish.ends) });
  });

  router.get('/_sim/stripe/order', (_req, res) => res.json({ order: world.order }));
  router.post('/_sim/stripe/order', (req, res) => {
    const wish = parse(orderSchema, req.body, res);
    if (wish) res.json({ order: world.settings.set('order', wish.order) });
  });

  router.get('/_sim/stripe/webhook-faults', (_req, res) => res.json(webhooks.currentFaults()));
  router.post('/_sim/stripe/webhook-faults', (req, res) => {
    const faults = parse(webhookFaultsSchema, req.body, res);
    if (!faults) return;
    webhooks.setFaults(faults);
    res.json(faults);
  });
  router.delete('/_sim/stripe/webhook-faults', (_req, res) => {
    webhooks.setFaults(NO_WEBHOOK_FAULTS);
    res.status(204).end();
  });

  router.get('/_sim/stripe/webhooks', (req, res) => {
    const filter = parse(deliveryFilter, req.query, res);
    if (!filter) return;
    const found = [...webhooks.deliveries.values()].filter(
      (d) =>
        (filter.event === undefined || d.event === filter.event) &&
        (filter.type === undefined || d.type === filter.type) &&
        (filter.state === undefined || d.state === filter.state),
    );
    res.json({ deliveries: found.slice(-filter.limit) });
  });
  router.post('/_sim/stripe/webhooks/:event/resend', (req, res) => {
    const event = world.events.get(req.params.event);
    if (event) res.status(202).json({ deliveries: webhooks.resend(event) });
    else problem(res, 404, 'unknown_event', `There is no event ${req.params.event}.`);
  });

  router.get('/stripe', (_req: Request, res: Response) => {
    res.type('html').send(dashboardPage(world, webhooks));
  });
  router.get('/stripe/:id', (req: Request, res: Response) => {
    const id = String(req.params['id']);
    const object = world.find(id) ?? world.events.get(id);
    if (object) res.type('html').send(objectPage(object, webhooks));
    else res.status(404).type('html').send(noSuchObjectPage(id));
  });
  router.post('/stripe/events/:event/resend', (req, res) => {
    const event = world.events.get(req.params.event);
    if (!event) return void res.status(404).type('html').send(noSuchObjectPage(req.params.event));
    webhooks.resend(event);
    res.redirect(303, `/stripe/${event.id}`);
  });
  return router;
}
