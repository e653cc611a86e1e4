import { Injectable } from '@nestjs/common';
import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { Log } from '../observability/logger.js';
import { delay } from '../time/delay.js';

/** What every connection of a service to NATS has in common: it waits for the server for ever and never gives up. */
export function natsOptions(service: string, url: string) {
  return {
    servers: url.split(','),
    name: service,
    inboxPrefix: `_INBOX_${service}`,
    waitOnFirstConnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 200,
    reconnectJitter: 100,
    pingInterval: 10_000,
    maxPingOut: 2,
  };
}

/**
 * The service's connection to NATS. It is opened in the background: a service starts and answers HTTP while NATS is
 * away, because only the relay and the consumers need it (OPERATIONS 0.4).
 */
@Injectable()
export class Bus {
  readonly ready: Promise<NatsConnection>;
  private connection: NatsConnection | undefined;
  private closing = false;

  constructor(
    readonly service: string,
    url: string,
    readonly replicas: number,
    log: Log,
  ) {
    this.ready = connect(natsOptions(service, url)).then(async (connection) => {
      if (this.closing) await connection.close();
      this.connection = connection;
      return connection;
    });
    this.ready.catch((error: unknown) => log.error('NATS cannot be reached.', { err: error }));
  }

  async jetstream(): Promise<JetStreamClient> {
    return jetstream(await this.ready, { timeout: 5_000 });
  }

  async manager(): Promise<JetStreamManager> {
    return jetstreamManager(await this.ready, { timeout: 5_000, checkAPI: false });
  }

  /** A core NATS message: unstored, dropped without a word when nobody listens or NATS is away. */
  publishHint(subject: string, payload = ''): void {
    if (!this.connection || this.connection.isClosed()) return;
    try {
      this.connection.publish(subject, payload);
    } catch {
      // Hints may be missed by definition; what they hint at is in a database.
    }
  }

  async close(): Promise<void> {
    this.closing = true;
    if (!this.connection || this.connection.isClosed()) return;
    // Flushes the last acknowledgements; with NATS away there is nobody to flush to.
    const flushed = new AbortController();
    const drained = this.connection.drain().catch(() => undefined);
    await Promise.race([drained.then(() => flushed.abort()), delay(2_000, flushed.signal)]);
    await this.connection.close();
  }
}
