import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';
import { type RunningSandbox, startSandbox } from '../../src/sandbox.js';

/** A delivered webhook as the endpoint saw it: raw, because the signature is over the bytes. */
export interface Received {
  body: string;
  signature: string;
}

/** An endpoint of ours that keeps what it is sent and answers as told. */
export class WebhookSink {
  readonly received: Received[] = [];
  /** Statuses for the next deliveries; 200 when there are none left. */
  readonly answers: number[] = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      void bodyOf(request).then((body) => {
        this.received.push({ body, signature: String(request.headers['stripe-signature']) });
        response.statusCode = this.answers.shift() ?? 200;
        response.end();
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/stripe-webhook`;
  }

  types(): string[] {
    return this.received.map(({ body }) => (JSON.parse(body) as { type: string }).type);
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

export const WEBHOOK_SECRET = 'whsec_test_secret';

/** A sandbox on free ports, the real SDK pointed at it, and a webhook endpoint. */
export class Started {
  private constructor(
    readonly sandbox: RunningSandbox,
    readonly sink: WebhookSink,
  ) {}

  static async begin(env: Record<string, string> = {}): Promise<Started> {
    const sink = new WebhookSink();
    const url = await sink.listen();
    const sandbox = await startSandbox({
      SANDBOX_PORTS: '0',
      SANDBOX_STRIPE_WEBHOOK_URL: url,
      SANDBOX_STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
      ...env,
    });
    return new Started(sandbox, sink);
  }

  /** The real SDK. Retries are off unless asked for, so that a test sees each answer. */
  stripe(maxNetworkRetries = 0): Stripe {
    return new Stripe('sk_test_sandbox', {
      host: '127.0.0.1',
      port: this.sandbox.ports.stripe ?? 0,
      protocol: 'http',
      maxNetworkRetries,
      telemetry: false,
    });
  }

  url(server: 'stripe' | 'console', path: string): string {
    return `http://127.0.0.1:${this.sandbox.ports[server] ?? 0}${path}`;
  }

  /** A call of the console's JSON interface; the answer's body, or undefined when there is none. */
  async sim(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(this.url('console', path), {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  async close(): Promise<void> {
    await this.sandbox.close();
    this.sink.close();
  }
}

/** Posts the hosted page's form as curl would and does not follow the redirect. */
export function payByForm(sessionUrl: string | null, fields: Record<string, string>): Promise<Response> {
  return fetch(sessionUrl ?? '', { method: 'POST', redirect: 'manual', body: new URLSearchParams(fields) });
}

/** Waits for something that is about to be true; fails with its name. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 15_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
