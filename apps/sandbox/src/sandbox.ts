import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type NextFunction, type Request, type Response } from 'express';
import { controlRouter, problem } from './console/control.js';
import { Sim, type VendorName } from './core/sim.js';
import { type Vendor, vendorServer } from './core/vendor-server.js';
import { createCaptcha, errorBody as captchaErrorBody } from './captcha/captcha.js';
import { createOpenAi, errorBody as openAiErrorBody, openAiConsole } from './openai/openai.js';
import { createPinecone, errorBody as pineconeErrorBody } from './pinecone/pinecone.js';
import { createInbox } from './sendgrid/inbox.js';
import { createSendGrid, errorBody as sendGridErrorBody, pages as mailPages } from './sendgrid/sendgrid.js';
import { stripeConsole } from './stripe/console.js';
import { stripeErrorBody } from './stripe/errors.js';
import { createStripe, stripeDoor } from './stripe/router.js';

/** Who lives in the sandbox, and where (port base + offset, DESIGN section 5). */
export const vendors: readonly Vendor[] = [
  {
    name: 'stripe',
    portOffset: 11,
    create: createStripe,
    errorBody: stripeErrorBody,
    pages: ['/c/', '/p/'],
    atTheDoor: stripeDoor,
    console: stripeConsole,
  },
  { name: 'pinecone', portOffset: 12, create: createPinecone, errorBody: pineconeErrorBody },
  { name: 'openai', portOffset: 13, create: createOpenAi, errorBody: openAiErrorBody, console: openAiConsole },
  {
    name: 'sendgrid',
    portOffset: 14,
    create: createSendGrid,
    errorBody: sendGridErrorBody,
    pages: mailPages,
    console: createInbox,
  },
  { name: 'captcha', portOffset: 15, create: createCaptcha, errorBody: captchaErrorBody },
];

const CONSOLE_OFFSET = 10;

export interface RunningSandbox {
  sim: Sim;
  ports: Readonly<Partial<Record<VendorName | 'console', number>>>;
  close(): Promise<void>;
}

/**
 * Starts every server. `SANDBOX_PORTS=0` takes free ports (tests), otherwise `LATCHKEY_PORT_BASE` (4000) + offsets.
 * Vendors read their own `SANDBOX_*` settings from `sim.env`.
 */
export async function startSandbox(env: Readonly<Record<string, string | undefined>>): Promise<RunningSandbox> {
  const sim = new Sim(env);
  for (const [vendor, ms] of parseLatency(env['SANDBOX_LATENCY_MS'])) sim.latencyMs.set(vendor, ms);
  const base = Number(env['LATCHKEY_PORT_BASE'] || 4000);
  const port = (offset: number) => (env['SANDBOX_PORTS'] === '0' ? 0 : base + offset);

  const servers: Server[] = [];
  const consoleApp = express().disable('x-powered-by');
  consoleApp.use(controlRouter(sim));
  for (const vendor of vendors) {
    const server = vendorServer(sim, vendor, vendor.create(sim));
    servers.push(server);
    sim.ports[vendor.name] = await listen(server, port(vendor.portOffset), sim.host);
    if (vendor.console) consoleApp.use(vendor.console(sim));
  }
  consoleApp.use((_req: Request, res: Response) => problem(res, 404, 'not_found', 'Nothing here. Start at /.'));
  consoleApp.use((error: Error, _req: Request, res: Response, _next: NextFunction) => {
    const status = 'status' in error && Number(error.status) < 500 ? Number(error.status) : 500;
    if (status === 500) console.error('sandbox console:', error);
    problem(res, status, status === 500 ? 'internal_error' : 'invalid_request', error.message);
  });
  const consoleServer = createServer(consoleApp);
  servers.push(consoleServer);
  sim.ports.console = await listen(consoleServer, port(CONSOLE_OFFSET), sim.host);

  sim.clock.start();
  const close = async () => {
    await Promise.all(servers.map(stop));
    sim.close();
  };
  return { sim, ports: sim.ports, close };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** `stripe=80,pinecone=40` */
function parseLatency(text: string | undefined): [string, number][] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim().split('='))
    .filter(([vendor, ms]) => vendor && Number(ms) >= 0)
    .map(([vendor, ms]) => [vendor ?? '', Number(ms)]);
}
