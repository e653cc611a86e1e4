import { portOffsets } from '@latchkey/contracts';
import {
  type Addresses,
  type Journey,
  request,
  NoAnswer,
  Refusal,
  StageTimes,
  Stranger,
} from '@latchkey/journeys/parts';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

const patienceMs = 180_000;
const pollPauseMs = 150;

/** Routes that are asked all the time: one of every service at its own address, and what the gateway passes on. */
const polled: readonly { at: (addresses: Addresses) => string; path: string; asOperator?: true }[] = [
  { at: ({ gateway }) => gateway, path: '/.well-known/jwks.json' },
  { at: ({ gateway }) => gateway, path: '/api/analytics/activation-funnel?days=1', asOperator: true },
  { at: ({ billing }) => billing, path: '/api/billing/stripe-events/dead', asOperator: true },
  { at: ({ provisioner }) => provisioner, path: '/api/provisioner/pool', asOperator: true },
  { at: ({ gateway }) => beside(gateway, portOffsets.workspace), path: '/openapi.json' },
  { at: ({ notifier }) => notifier, path: '/api/notifier/messages?limit=1', asOperator: true },
  { at: ({ analytics }) => analytics, path: '/api/analytics/stuck-customers', asOperator: true },
];

function beside(gateway: string, offset: number): string {
  const url = new URL(gateway);
  return `http://${url.hostname}:${Number(url.port) + offset}`;
}

/** Strangers who keep coming, and routes that keep being asked, until somebody says that it is enough. */
export class Load {
  readonly journeys: Journey[] = [];
  readonly times = new StageTimes();
  /** Everything that did not work at the first try, by what it was and why. */
  readonly failed = new Map<string, number>();
  polls = 0;
  private readonly welcomes: Promise<void>[] = [];
  private readonly comers: Promise<void>[] = [];
  private readonly pollers: Promise<void>[] = [];
  private come = 0;
  private least = Number.POSITIVE_INFINITY;
  private polling = true;

  constructor(
    private readonly addresses: Addresses,
    private readonly operatorToken: string,
  ) {}

  /** `atOnce` strangers at any time: when one has arrived, the next comes. */
  start(atOnce: number): void {
    const run = Date.now().toString(36);
    for (let lane = 0; lane < atOnce; lane++) this.comers.push(this.strangersOf(run, lane * 500));
    for (const route of polled)
      this.pollers.push(this.poll(route.at(this.addresses) + route.path, route.asOperator ?? false));
    this.pollers.push(this.visit(this.addresses.gateway));
  }

  /** Nobody new comes once `least` strangers have come in all; resolves when the last of them has arrived. */
  async end(least: number): Promise<void> {
    this.least = least;
    await Promise.all(this.comers);
    this.polling = false;
    await Promise.all([...this.pollers, ...this.welcomes]);
  }

  private async strangersOf(run: string, afterMs: number): Promise<void> {
    await sleep(afterMs);
    while (this.come < this.least) {
      const number = ++this.come;
      const stranger = new Stranger(run, number, this.addresses, this.times, patienceMs, (reason) =>
        this.note(`stranger, ${reason}`),
      );
      this.journeys.push(await stranger.live());
      this.welcomes.push(stranger.welcomed);
    }
  }

  private async poll(url: string, asOperator: boolean): Promise<void> {
    const headers: Record<string, string> = asOperator ? { authorization: `Bearer ${this.operatorToken}` } : {};
    while (this.polling) {
      await this.ask(url, async () => (await request(url, { headers })).text);
      await sleep(pollPauseMs);
    }
  }

  /** A browser that comes for the first time: the page, then the files it names, over connections that may lead to other replicas. */
  private async visit(gateway: string): Promise<void> {
    while (this.polling) {
      const page = await this.ask('GET /', () => freshConnection(`${gateway}/`));
      for (const [, file] of page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g))
        await this.ask(`GET ${file}`, () => freshConnection(gateway + file!));
      await sleep(pollPauseMs);
    }
  }

  /** The answer; nothing when there was none or a refusal, which is noted. */
  private async ask(what: string, get: () => Promise<string>): Promise<string> {
    this.polls++;
    try {
      return await get();
    } catch (error) {
      this.note(error instanceof NoAnswer || error instanceof Refusal ? error.message : `${what}: ${String(error)}`);
      return '';
    }
  }

  private note(what: string): void {
    this.failed.set(what, (this.failed.get(what) ?? 0) + 1);
  }
}

/** One request on a connection of its own. Not with fetch: its client ends the process when such a connection closes under a paused body. */
async function freshConnection(url: string): Promise<string> {
  const [response] = (await once(get(url, { agent: false, timeout: 50_000 }), 'response')) as [IncomingMessage];
  const body = await text(response);
  if (response.statusCode !== 200) throw new Error(`answered ${response.statusCode}`);
  return body;
}
