import { Injectable } from '@nestjs/common';
import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import { connect, nkeyAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import type { Log } from '../observability/logger.js';
import type { Owner } from '@latchkey/contracts';
import { delay } from '../time/delay.js';

/** Where the bus is, and who we are on it; `nkeySeed` is left out on a bus without identities. */
export interface BusAccess {
  url: string;
  nkeySeed: string | undefined;
}

/** What every connection of a service to NATS has in common: it waits for the server for ever and never gives up. */
export function natsOptions(service: string, { url, nkeySeed }: BusAccess) {
  return {
    servers: url.split(','),
    name: service,
    ...(nkeySeed === undefined ? {} : { authenticator: nkeyAuthenticator(new TextEncoder().encode(nkeySeed)) }),
    inboxPrefix: `_INBOX_${service}`,
    waitOnFirstConnect: true,
    maxReconnectAttempts: -1,
    // Also when the server was too busy to look at our key twice in a row, or learns of it later than we do.
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: 200,
    reconnectJitter: 100,
    pingInterval: 10_000,
    maxPingOut: 2,
    // Or each request and each publish would capture a stack for an error that hardly ever comes.
    noAsyncTraces: true,
  };
}

/**
 * The service's connection to NATS. It is opened in the background: a service starts and answers HTTP while NATS is
 * away, because only the relay and the consumers need it (OPERATIONS 0.4).
 */
@Injectable()
export class Bus {
  readonly ready: Promise<NatsConnection>;
  /** The durable consumers this process listens with, for whoever measures their lag. */
  readonly consumers: { owner: Owner; durable: string }[] = [];
  private connection: NatsConnection | undefined;
  private connected = false;
  private closing = false;
  private readonly reconnectListeners: (() => void)[] = [];

  constructor(
    readonly service: string,
    private readonly access: BusAccess,
    readonly replicas: number,
    private readonly log: Log,
  ) {
    this.ready = connect(natsOptions(service, access)).then(async (connection) => {
      if (this.closing) await connection.close();
      this.connection = connection;
      this.connected = true;
      void this.watch(connection);
      return connection;
    });
    this.ready.catch((error: unknown) => log.error('NATS cannot be reached.', { err: error }));
  }

  /** False before the first connection and while one is being looked for. A server that hangs still counts as connected. */
  get isConnected(): boolean {
    return this.connected;
  }

  /** Whether streams and consumers are the bus-keeper's to make, and not ours. */
  get isKept(): boolean {
    return this.access.nkeySeed !== undefined;
  }

  async jetstream(): Promise<JetStreamClient> {
    return jetstream(await this.ready, { timeout: 5_000 });
  }

  async manager(timeoutMs = 5_000): Promise<JetStreamManager> {
    return jetstreamManager(await this.ready, { timeout: timeoutMs, checkAPI: false });
  }

  /** Calls back after each time the connection was lost and is there again: the server behind it may be another one. */
  onReconnect(listener: () => void): void {
    this.reconnectListeners.push(listener);
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

  /** Ends with the connection. */
  private async watch(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      const { type } = status;
      if (type === 'disconnect') this.connected = false;
      // Nothing waits for what was refused, so this line is all that is ever heard of it.
      if (type === 'error') this.log.error('The bus has refused something.', { err: status.error });
      if (type !== 'reconnect') continue;
      this.connected = true;
      for (const listener of this.reconnectListeners) listener();
    }
    this.connected = false;
  }
}
