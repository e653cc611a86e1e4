import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import client from '@sendgrid/client';
import sendgrid from '@sendgrid/mail';
import { type RunningSandbox, startSandbox } from '../../src/sandbox.js';
import type { MailEvent, StoredMail } from '../../src/sendgrid/mailbox.js';

export type MailDataRequired = Exclude<Parameters<typeof sendgrid.send>[0], unknown[]>;
type ListedMail = StoredMail & { status: string; events: MailEvent[] };

interface Delivery {
  status: number;
  body: Buffer;
  signature: string;
  timestamp: string;
}

/** A plain mail to somebody, as our own services write them. */
export function mail(to: string, more: Partial<MailDataRequired> = {}): MailDataRequired {
  return {
    to,
    from: { email: 'hello@latchkey.example', name: 'Latchkey' },
    subject: 'Your code',
    text: 'The code is 123456.',
    html: '<p>The code is <b>123456</b>.</p>',
    ...more,
  } as MailDataRequired;
}

/** A receiver of event batches that keeps what it is sent and answers as told. */
export class EventReceiver {
  deliveries: Delivery[] = [];
  /** Statuses for the next deliveries; 200 when there are none left. */
  answers: number[] = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => {
        const header = (name: string) => String(req.headers[`x-twilio-email-event-webhook-${name}`]);
        const status = this.answers.shift() ?? 200;
        const body = Buffer.concat(chunks);
        this.deliveries.push({ status, body, signature: header('signature'), timestamp: header('timestamp') });
        res.writeHead(status).end();
      });
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/sendgrid-webhook`;
  }

  /** The events of the batches it took. */
  received(): MailEvent[] {
    const taken = this.deliveries.filter(({ status }) => status < 300);
    return taken.flatMap(({ body }) => JSON.parse(body.toString()) as MailEvent[]);
  }

  forget(): void {
    this.deliveries = [];
    this.answers = [];
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** A sandbox on free ports, the real SDK pointed at its SendGrid, and its console's view of the mailboxes. */
export class MailWorld {
  private constructor(readonly sandbox: RunningSandbox) {}

  static async begin(env: Record<string, string> = {}): Promise<MailWorld> {
    const world = new MailWorld(await startSandbox({ SANDBOX_PORTS: '0', ...env }));
    client.setApiKey('SG.test');
    // After setApiKey, which resets the address to the true vendor.
    client.setDefaultRequest('baseUrl', world.vendorUrl(''));
    sendgrid.setClient(client);
    return world;
  }

  vendorUrl(path: string): string {
    return `http://127.0.0.1:${this.sandbox.ports.sendgrid}${path}`;
  }

  consoleUrl(path: string): string {
    return `http://127.0.0.1:${this.sandbox.ports.console}${path}`;
  }

  async inbox(query: string): Promise<ListedMail[]> {
    const answer = await fetch(this.consoleUrl(`/_sim/inbox?${query}`));
    return ((await answer.json()) as { mails: ListedMail[] }).mails;
  }

  async newest(query = 'all=true'): Promise<ListedMail> {
    const [first] = await this.inbox(query);
    if (!first) throw new Error('the inbox is empty');
    return first;
  }

  passTime(ms: number): void {
    const { clock } = this.sandbox.sim;
    clock.advanceTo(clock.nowMs() + ms);
  }
}

/** Waits for a value that is about to be there. */
export async function until<T>(what: () => T | undefined): Promise<T> {
  for (let waitedMs = 0; waitedMs < 5_000; waitedMs += 10) {
    const value = what();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('it did not happen within 5 s');
}
