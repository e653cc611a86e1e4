import { Router, type NextFunction, type Request, type Response } from 'express';
import type { Sim } from '../core/sim.js';
import { jsonBody } from '../core/vendor-server.js';
import { CallRate } from './call-rate.js';
import { ControlPlaneError, PineconeError } from './errors.js';
import { describeIndex, indexFromEnv } from './index-info.js';
import { namespaceRoutes } from './namespaces.js';
import { VectorStore } from './vector-store.js';
import { vectorRoutes } from './vectors.js';

export { errorBody } from './errors.js';

/** One index on one host: control plane, namespaces and vectors, API version 2026-07. Any non-empty Api-Key is accepted. */
export function createPinecone(sim: Sim): Router {
  const index = indexFromEnv(sim.env);
  const store = new VectorStore(sim, index.visibleAfterMs);
  const router = Router();
  router.use((req, res, next) => {
    if ((req.get('api-key') ?? '') === '') return void res.status(401).type('text/plain').send('Invalid API Key');
    next();
  });

  const describe = () => describeIndex(index, sim.url('pinecone'));
  router.get('/indexes', (_req, res) => res.json({ indexes: [describe()] }));
  router.get('/indexes/:name', (req, res) => {
    if (req.params.name !== index.name)
      throw new ControlPlaneError(404, 'NOT_FOUND', `Resource ${req.params.name} not found`);
    res.json(describe());
  });
  router.post('/indexes', (req) => {
    const body = jsonBody(req);
    const name = typeof body === 'object' && body !== null && 'name' in body ? body.name : undefined;
    if (name === index.name) throw new ControlPlaneError(409, 'ALREADY_EXISTS', 'Resource already exists');
    throw new ControlPlaneError(403, 'FORBIDDEN', "You've reached the max indexes allowed in this project (1).");
  });

  router.use(namespaceRoutes(store));
  router.use(vectorRoutes(sim, index, store, new CallRate(sim, index.namespaceCallsPerSecond)));
  router.use((error: unknown, _req: Request, res: Response, next: NextFunction) => {
    if (!(error instanceof PineconeError) && !(error instanceof ControlPlaneError)) return next(error);
    res.status(error.status).json(error.body());
  });
  return router;
}
