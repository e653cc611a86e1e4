import { Router, type NextFunction, type Request, type Response } from 'express';
import { z } from 'zod';
import { parse } from '../console/control.js';
import { newId } from '../core/random.js';
import type { Sim } from '../core/sim.js';
import { jsonBody } from '../core/vendor-server.js';
import { completeChat, completionBody, completionChunks } from './chat.js';
import { createEmbeddings } from './embeddings.js';
import { OpenAiError } from './errors.js';
import { OpenAiLimits } from './limits.js';
import { assertModel, describeModel, listModels } from './models.js';

export { errorBody } from './errors.js';

function limitsOf(sim: Sim): OpenAiLimits {
  return sim.once('openai', () => new OpenAiLimits(sim));
}

/** The key of a request; any well-formed bearer token is somebody's account, as in a fresh project. */
function apiKey(req: Request): string {
  const key = /^Bearer (\S+)$/.exec(req.get('authorization') ?? '')?.[1];
  if (key !== undefined) return key;
  throw new OpenAiError(401, 'You did not provide an API key in an Authorization header.', null);
}

function json(req: Request): unknown {
  const body = jsonBody(req);
  if (body !== undefined) return body;
  throw new OpenAiError(400, 'We could not parse the JSON body of your request.', null);
}

/** The vendor's API: embeddings that retrieve meaningfully, chat answers that quote their passages, the list of models. */
export function createOpenAi(sim: Sim): Router {
  const limits = limitsOf(sim);
  const router = Router();
  router.use((req, res, next) => {
    res.set({ 'x-request-id': newId('req', 32), 'openai-version': '2020-10-01' });
    apiKey(req);
    next();
  });

  router.get('/v1/models', (_req, res) => res.json(listModels()));
  router.get('/v1/models/:model', (req, res) => {
    assertModel(req.params.model);
    res.json(describeModel(req.params.model));
  });

  router.post('/v1/embeddings', (req, res) => {
    const answer = createEmbeddings(json(req));
    res.set(limits.take(apiKey(req), 'embeddings', answer.tokens)).json(answer.body());
  });

  router.post('/v1/chat/completions', (req, res) => {
    const answer = completeChat(json(req));
    res.set(limits.take(apiKey(req), 'chat', answer.usage.total_tokens));
    const created = sim.clock.nowSeconds();
    if (!answer.stream) return void res.json(completionBody(answer, created));
    res.set({ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
    for (const chunk of completionChunks(answer, created)) res.write(`data: ${JSON.stringify(chunk)}\n\n`);
    res.end('data: [DONE]\n\n');
  });

  router.use((error: unknown, _req: Request, res: Response, next: NextFunction) => {
    if (!(error instanceof OpenAiError)) return next(error);
    res.status(error.status).set(error.headers).json(error.body());
  });
  return router;
}

const limitsSchema = z.strictObject({
  requests_per_minute: z.int().min(1).optional(),
  tokens_per_minute: z.int().min(1).optional(),
});

/** The console's switches: rate limits per minute, and the quota that is exhausted until it is switched back. */
export function openAiConsole(sim: Sim): Router {
  const limits = limitsOf(sim);
  const router = Router();
  const state = () => ({ ...limits.limits, quota_exhausted: limits.quotaExhausted });
  router.get('/_sim/openai/limits', (_req, res) => res.json(state()));
  router.post('/_sim/openai/limits', (req, res) => {
    const wanted = parse(limitsSchema, req.body, res);
    if (!wanted) return;
    limits.set(wanted);
    res.json(state());
  });
  router.post('/_sim/openai/quota', (req, res) => {
    const wanted = parse(z.strictObject({ exhausted: z.boolean() }), req.body, res);
    if (!wanted) return;
    limits.quotaExhausted = wanted.exhausted;
    res.json(state());
  });
  return router;
}
