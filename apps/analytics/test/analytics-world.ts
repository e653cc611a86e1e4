import { events, subjectOf, type EventContract, type EventData } from '@latchkey/contracts';
import type { RunningService } from '@latchkey/shared/service';
import { newEventId, newId } from '@latchkey/shared/ids';
import { operatorToken, startWorld, type World } from '@latchkey/testing';
import { analytics } from '../src/service.js';

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;

export const answered = {
  ...events.QuestionAnswered.example,
  channel: 'app' as const,
  grounded: true,
  cites_own_document: false,
};

/** Analytics alone on real PostgreSQL and NATS; the spec plays everybody whose events it records. */
export async function startAnalytics(env: Record<string, string> = {}): Promise<AnalyticsWorld> {
  const world = await startWorld();
  const service = await world.start(analytics, env);
  const started = new AnalyticsWorld(world, service);
  // The journal's consumers come to life in the background; from the first recorded event on, drain() knows of them.
  for (const event of [events.TenantSignedUp, events.InvoicePaid, events.ApiKeyIssued, events.EmailSent])
    await world.publish(event, 'warm_up', event.example as never);
  await world.publish(events.TenantDeprovisioned, 'warm_up', events.TenantDeprovisioned.example);
  await started.until('the journal listens to everybody', async () => {
    const [row] = await service.sql<{ n: number }>('select count(*)::int as n from facts.event');
    return row!.n === 5;
  });
  await service.sql('delete from facts.event');
  await service.sql('delete from facts.tenant_progress');
  return started;
}

export class AnalyticsWorld {
  constructor(
    readonly world: World,
    readonly service: RunningService,
  ) {}

  readonly operator = { authorization: `Bearer ${operatorToken}` };

  /** The way of one new customer; `say` puts an event on the bus, at the world's time or at one given. */
  customer(): Customer {
    const id = newId('tenant');
    return {
      id,
      say: async (event, data, time = this.world.clock.now()) => {
        await this.world.publishRaw(subjectOf(event, id), JSON.stringify({ ...event.example, ...data }), {
          'ce-id': newEventId(),
          'ce-type': event.type,
          'ce-source': event.owner,
          'ce-subject': id,
          'ce-time': time.toISOString(),
        });
      },
    };
  }

  async get<Body = Record<string, unknown>>(path: string, token: string | null = operatorToken): Promise<Answer<Body>> {
    return this.request('GET', path, token);
  }

  async request<Body>(method: string, path: string, token: string | null = operatorToken): Promise<Answer<Body>> {
    const response = await fetch(`${this.service.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      // Every act of an operator says why.
      ...(method === 'POST' ? { body: JSON.stringify({ reason: 'a spec asks for it' }) } : {}),
    });
    return { status: response.status, body: (await response.json()) as Body };
  }

  async progress(): Promise<string[]> {
    const rows = await this.service.sql<{ row: string }>(
      `select p::text as row from facts.tenant_progress p order by tenant_id`,
    );
    return rows.map(({ row }) => row);
  }

  async until(what: string, holds: () => Promise<boolean>, timeoutMs = 10_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!(await holds())) {
      if (performance.now() > deadline) throw new Error(`Waited in vain for: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  stop(): Promise<void> {
    return this.world.stop();
  }
}

export interface Customer {
  id: string;
  say: <E extends EventContract>(event: E, data?: Partial<EventData<E>>, time?: Date) => Promise<void>;
}

interface Answer<Body> {
  status: number;
  body: Body;
}
