import type { Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { JetStreamServer } from '../messaging/jetstream-server.js';
import { schemaDrift } from '../persistence/orm.js';
import { query } from '../persistence/transaction.js';
import type { Kit } from './kit.js';

const stopGraceMs = 10_000;

/** A started service, as main.ts and the test harness hold it. */
export class RunningService {
  private stopped: Promise<void> | undefined;
  /** Requests that have no complete answer yet. */
  private answering = 0;

  constructor(
    readonly name: string,
    readonly url: string,
    readonly app: NestExpressApplication,
    readonly kit: Kit,
    readonly events: JetStreamServer,
    /** Resolves when the service listens to the bus; with NATS away that may take for ever. */
    readonly listening: Promise<unknown>,
    /** From then on the service is not ready; resolves when those who send requests have had time to notice. */
    private readonly announceStop: () => Promise<void>,
    /** The last thing of all: what watched the service is sent away. */
    private readonly afterwards: () => Promise<void>,
  ) {
    app.getHttpServer().prependListener('request', (_request, response) => {
      this.answering++;
      // The connection ends with this answer, and not under the next request.
      if (this.stopped) response.setHeader('connection', 'close');
      response.once('close', () => this.answering--);
    });
  }

  get<T>(token: Type<T> | symbol): T {
    return this.app.get<T>(token as Type<T>);
  }

  /** For tests and tools: a query against the service's own database. */
  async sql<Row = Record<string, unknown>>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return query<Row>(this.kit.orm.em.fork(), text, values);
  }

  schemaDrift(): Promise<string> {
    return schemaDrift(this.kit.orm);
  }

  /** True when no fact waits for the bus, no event is being handled and no job is due. */
  async isIdle(): Promise<boolean> {
    return this.events.isIdle && (await this.kit.jobs.isIdle()) && (await this.kit.relay.countUnpublished()) === 0;
  }

  /**
   * Ordered shutdown: not ready any more, no new requests, events or jobs; what runs may finish; what was committed is
   * published; then the connections close. Safe to call twice. `begun` is called when the pause before all that is over.
   */
  stop(begun?: () => void): Promise<void> {
    this.stopped ??= this.shutDown(begun);
    return this.stopped;
  }

  private async shutDown(begun?: () => void): Promise<void> {
    const { jobs, relay, questions, bus, orm, measurements } = this.kit;
    await this.announceStop();
    begun?.();
    measurements.close();
    await this.closeHttp();
    await jobs.stop(stopGraceMs);
    await relay.stop();
    await questions.close();
    await bus.close();
    await orm.close();
    await this.afterwards();
  }

  /**
   * Node closes the connections that are idle at that moment. One whose last answer ends a moment later, or that never
   * sent a request, would hold the stop up until its time-out; so all are cut as soon as no request is being answered,
   * and after the grace (a stream whose reader never ends) in any case.
   */
  private async closeHttp(): Promise<void> {
    const server = this.app.getHttpServer();
    const graceEndsAt = performance.now() + stopGraceMs;
    const sweep = setInterval(() => {
      if (this.answering === 0 || performance.now() > graceEndsAt) server.closeAllConnections();
    }, 50);
    try {
      await this.app.close();
    } finally {
      clearInterval(sweep);
    }
  }
}
