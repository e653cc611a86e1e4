import { createServer, type Server } from 'node:http';
import express, { type NextFunction, type Request, type RequestHandler, type Response, type Router } from 'express';
import type { FaultAction } from './faults.js';
import type { JournalEntry } from './journal.js';
import type { Sim, VendorName } from './sim.js';

/** A row of the table in sandbox.ts. */
export interface Vendor {
  name: VendorName;
  /** Added to the port base (DESIGN section 5). */
  portOffset: number;
  create(sim: Sim): Router;
  /** The vendor's own error shape, for injected statuses and for bugs of ours. */
  errorBody(status: number): unknown;
  /** Path prefixes of pages meant for people: faults touch them only when a rule names the path. */
  pages?: readonly string[];
  /** Runs when a request arrives, before any latency: for what a vendor decides at the door (a busy idempotency key). */
  atTheDoor?(sim: Sim): RequestHandler;
  /** Extra pages and switches for the console port. */
  console?(sim: Sim): Router;
}

/** Above every vendor's own limit (Pinecone 2 MB, SendGrid 30 MB is not imitated); past it the vendor answers 413. */
const MAX_BODY = '12mb';

/**
 * An HTTP server for one vendor. Order: body (`req.body` is ALWAYS a Buffer here; parse it with `jsonBody` or your own
 * parser), journal entry, fault, latency, router.
 */
export function vendorServer(sim: Sim, vendor: Vendor, router: Router): Server {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(express.raw({ type: () => true, limit: MAX_BODY }));
  const door = vendor.atTheDoor?.(sim);
  app.use((req: Request, res: Response, next: NextFunction) => {
    if (!Buffer.isBuffer(req.body)) req.body = Buffer.alloc(0);
    const page = (vendor.pages ?? []).some((prefix) => req.path.startsWith(prefix));
    const fault = sim.faults.pick({ vendor: vendor.name, method: req.method, url: req.url, body: req.body, page });
    const entry = openEntry(sim, vendor.name, req, res, fault);
    const delayMs = (page ? 0 : (sim.latencyMs.get(vendor.name) ?? 0)) + (fault?.type === 'latency' ? fault.ms : 0);
    const act = () => sim.serve(entry, fault, () => carryOut(fault, vendor, req, res, next));
    const wait = () => (delayMs > 0 ? void setTimeout(act, delayMs) : act());
    if (door && fault?.type !== 'reset-before') void door(req, res, wait);
    else wait();
  });
  app.use(router);
  app.use((_req: Request, res: Response) => res.status(404).json(vendor.errorBody(404)));
  app.use((error: unknown, _req: Request, res: Response, next: NextFunction) => {
    if (res.headersSent) return next(error);
    const status = statusOf(error);
    if (status >= 500) console.error(`sandbox ${vendor.name}:`, error);
    res.status(status).json(vendor.errorBody(status));
  });
  const server = createServer(app);
  // Longer than the SDKs' own pools keep sockets, so that no client meets a closing connection by chance.
  server.keepAliveTimeout = 75_000;
  return server;
}

/** The JSON of a request, or undefined when the body is not JSON: the vendor then answers in its own words. */
export function jsonBody(req: Request): unknown {
  try {
    return JSON.parse((req.body as Buffer).toString('utf8'));
  } catch {
    return undefined;
  }
}

function openEntry(
  sim: Sim,
  vendor: string,
  req: Request,
  res: Response,
  fault: FaultAction | undefined,
): JournalEntry {
  const startedMs = performance.now();
  const key = req.get('idempotency-key');
  const entry = sim.journal.open({
    at: new Date(sim.clock.nowMs()).toISOString(),
    vendor,
    method: req.method,
    path: req.originalUrl,
    status: 0,
    duration_ms: 0,
    ...(key === undefined ? {} : { idempotency_key: key }),
    ...(fault === undefined ? {} : { fault: fault.type === 'status' ? `status ${fault.status}` : fault.type }),
  });
  res.once('close', () => {
    entry.status = fault?.type === 'hang' || fault?.type === 'reset-before' ? 0 : res.statusCode;
    entry.duration_ms = Math.round((performance.now() - startedMs) * 10) / 10;
  });
  return entry;
}

function carryOut(fault: FaultAction | undefined, vendor: Vendor, req: Request, res: Response, next: NextFunction) {
  switch (fault?.type) {
    case 'hang':
      return; // The caller's own timeout has to end this.
    case 'reset-before':
      req.socket.resetAndDestroy();
      return;
    case 'status':
      // A remembered failure is the vendor's to record and replay (Stripe's idempotency does that with its 500s).
      if (fault.remembered) return next();
      res.status(fault.status).set(fault.headers ?? {});
      if (typeof fault.body === 'string') res.send(fault.body);
      else res.json(fault.body ?? vendor.errorBody(fault.status));
      return;
    case 'reset-after-commit':
      holdBack(res, () => req.socket.resetAndDestroy());
      return next();
    case 'malformed':
      holdBack(res, (body, send) => send(body.subarray(0, Math.floor(body.length / 2))));
      return next();
    case 'slow-body':
      holdBack(res, (body, send) => void setTimeout(() => send(body), fault.ms), true);
      return next();
    default:
      return next();
  }
}

/** Lets the handler do its work but keeps the answer's body, which `finish` then sends, cuts or drops. */
function holdBack(res: Response, finish: (body: Buffer, send: (part: Buffer) => void) => void, headersFirst = false) {
  const chunks: Buffer[] = [];
  const end = res.end.bind(res);
  const keep = (chunk: unknown) => {
    if (typeof chunk === 'string') chunks.push(Buffer.from(chunk));
    else if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  };
  Object.assign(res, {
    write: (chunk: unknown) => {
      keep(chunk);
      return true;
    },
    end: (chunk: unknown) => {
      keep(chunk);
      if (!res.headersSent) res.removeHeader('content-length');
      if (headersFirst) res.flushHeaders();
      finish(Buffer.concat(chunks), (part) => void end(part));
      return res;
    },
  });
}

function statusOf(error: unknown): number {
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
  return status >= 400 && status < 600 ? status : 500;
}
