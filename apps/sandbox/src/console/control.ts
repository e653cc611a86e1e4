import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { faultRuleSchema } from '../core/faults.js';
import type { Sim } from '../core/sim.js';
import { failures } from './failures.js';
import { liveScript } from './live.js';
import { requestsPage, rootPage } from './page.js';

const wholeNumber = z.coerce.number().int().min(0);
const requestFilter = z.object({
  vendor: z.string().optional(),
  method: z.string().optional(),
  path: z.string().optional(),
  since: wholeNumber.optional(),
  limit: wholeNumber.max(50_000).optional(),
});
const effectFilter = z.object({ kind: z.string().optional(), key: z.string().optional() });
const advanceSchema = z.union([
  z.strictObject({ seconds: z.coerce.number().min(0).max(315_360_000) }),
  z.strictObject({ until: z.coerce.date() }),
]);
const latencySchema = z.partialRecord(
  z.enum(['stripe', 'pinecone', 'openai', 'sendgrid', 'captcha']),
  z.number().min(0).max(60_000),
);
const switchSchema = z.object({ on: z.union([z.boolean(), z.enum(['true', 'false']).transform((v) => v === 'true')]) });

/** The `/_sim` interface of the console port: everything a test, a bench or an operator may ask of the sandbox. */
export function controlRouter(sim: Sim): Router {
  const router = Router();
  router.use(express.json({ limit: '1mb' }), express.urlencoded({ extended: false }));

  router.get('/', (_req, res) => {
    res.type('html').send(rootPage(sim));
  });
  router.get('/requests', (_req, res) => {
    res.type('html').send(requestsPage(sim));
  });
  router.get('/live.js', (_req, res) => {
    res.type('js').set('cache-control', 'max-age=300').send(liveScript);
  });
  router.get('/health/live', (_req, res) => res.json({ status: 'ok' }));

  router.get('/_sim/requests', (req, res) => {
    const filter = parse(requestFilter, req.query, res);
    if (filter) res.json({ requests: sim.journal.requests(filter) });
  });
  router.delete('/_sim/requests', (_req, res) => {
    sim.journal.clear();
    res.status(204).end();
  });
  router.get('/_sim/effects', (req, res) => {
    const filter = parse(effectFilter, req.query, res);
    if (filter) res.json({ effects: sim.journal.effects(filter), counts: sim.journal.effectCounts() });
  });

  router.post('/_sim/faults', (req, res) => {
    const rule = parse(faultRuleSchema, req.body, res);
    if (rule) res.status(201).json({ id: sim.faults.add(rule) });
  });
  router.get('/_sim/faults', (_req, res) => res.json({ faults: sim.faults.list() }));
  router.delete('/_sim/faults', (_req, res) => {
    sim.faults.clear();
    res.status(204).end();
  });
  router.delete('/_sim/faults/:id', (req, res) => {
    if (sim.faults.remove(req.params.id)) res.status(204).end();
    else problem(res, 404, 'unknown_fault', `There is no fault ${req.params.id}.`);
  });

  router.get('/_sim/latency', (_req, res) => res.json(Object.fromEntries(sim.latencyMs)));
  router.post('/_sim/latency', (req, res) => {
    const latency = parse(latencySchema, req.body, res);
    if (!latency) return;
    for (const [vendor, ms] of Object.entries(latency)) sim.latencyMs.set(vendor, ms ?? 0);
    res.json(Object.fromEntries(sim.latencyMs));
  });

  router.get('/_sim/failures', (_req, res) =>
    res.json({ failures: failures.map((f) => ({ ...f, on: sim.faults.hasGroup(f.name) })) }),
  );
  router.post('/_sim/failures/:name', (req, res) => flipFailure(sim, req, res));

  router.get('/_sim/clock', (_req, res) => res.json(clockState(sim)));
  router.post('/_sim/clock/advance', (req, res) => {
    const step = parse(advanceSchema, req.body, res);
    if (!step) return;
    const targetMs = 'seconds' in step ? sim.clock.nowMs() + step.seconds * 1000 : step.until.getTime();
    const ran = sim.clock.advanceTo(targetMs);
    if (wantsPage(req)) res.redirect(303, '/');
    else res.json({ ...clockState(sim), ran });
  });

  router.post('/_sim/reset', (_req, res) => {
    sim.reset();
    res.status(204).end();
  });
  return router;
}

function flipFailure(sim: Sim, req: Request, res: Response): void {
  const failure = failures.find((candidate) => candidate.name === req.params['name']);
  if (!failure) return problem(res, 404, 'unknown_failure', 'Known: ' + failures.map((f) => f.name).join(', '));
  const wanted = parse(switchSchema, req.body, res);
  if (!wanted) return;
  sim.faults.removeGroup(failure.name);
  if (wanted.on) for (const rule of failure.rules) sim.faults.add(faultRuleSchema.parse(rule), failure.name);
  if (wantsPage(req)) return res.redirect(303, '/');
  res.json({ name: failure.name, on: sim.faults.hasGroup(failure.name), explanation: failure.explanation });
}

function clockState(sim: Sim): object {
  return {
    now: new Date(sim.clock.nowMs()).toISOString(),
    offset_seconds: Math.round(sim.clock.offset() / 1000),
    offset_ms: sim.clock.offset(),
    due: sim.clock
      .pending()
      .slice(0, 50)
      .map((item) => ({ ...item, at: new Date(item.atMs).toISOString() })),
  };
}

/** A form of the console page posts urlencoded and wants to be sent back to the page. */
function wantsPage(req: Request): boolean {
  return req.is('application/x-www-form-urlencoded') !== false && req.accepts(['json', 'html']) === 'html';
}

/** Parses or answers 400 with the fields that are wrong. */
export function parse<T>(schema: z.ZodType<T>, value: unknown, res: Response): T | undefined {
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  problem(res, 400, 'invalid_request', z.prettifyError(parsed.error));
  return undefined;
}

export function problem(res: Response, status: number, code: string, detail: string): void {
  res.status(status).type('application/problem+json').json({ title: code, status, code, detail });
}
