import { ServerNats } from '@nestjs/microservices';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { delay } from '../time/delay.js';

/** Longer than any question is waited for; what takes longer has nobody who listens. */
const answerGraceMs = 10_000;
/** A NATS that is away answers no farewell. */
const farewellMs = 2_000;

/** Nest's packet: a reply, an error, or the end of both. */
interface Packet {
  isDisposed?: boolean;
}

/**
 * Nest's NATS transport for questions, with an end in order. Nest's own closes the connection at once, or after a fixed time:
 * whoever asked a moment before a replica was replaced heard nothing and waited for the whole of its timeout.
 */
export class AnsweringServer extends ServerNats {
  private connection: NatsConnection | undefined;
  private readonly listening: Subscription[] = [];
  /** Questions that were taken and not answered. */
  private readonly open = new Set<Msg>();

  override bindEvents(client: NatsConnection): void {
    this.connection = client;
    super.bindEvents({
      subscribe: (...args: Parameters<NatsConnection['subscribe']>) => {
        const subscription = client.subscribe(...args);
        this.listening.push(subscription);
        return subscription;
      },
    });
  }

  override async handleMessage(channel: string, message: Msg): Promise<unknown> {
    this.open.add(message);
    try {
      return await super.handleMessage(channel, message);
    } catch (error) {
      // Nest gives no answer then.
      this.open.delete(message);
      throw error;
    }
  }

  override getPublisher(...args: Parameters<ServerNats['getPublisher']>): (packet: Packet) => unknown {
    const publish = super.getPublisher(...args);
    return (packet) => {
      if (packet.isDisposed) this.open.delete(args[0] as Msg);
      return publish(packet) as unknown;
    };
  }

  /** Takes no question any more, which other replicas get from then on; answers those it has; then closes. */
  override async close(): Promise<void> {
    if (this.connection && !this.connection.isClosed()) {
      // Drained and not just left: what the server has sent already is still taken.
      await inTime(Promise.all(this.listening.map((subscription) => subscription.drain())));
      const graceEndsAt = performance.now() + answerGraceMs;
      while (this.open.size > 0 && performance.now() < graceEndsAt) await delay(10);
      await inTime(this.connection.flush());
    }
    await super.close();
  }
}

async function inTime(farewell: Promise<unknown>): Promise<void> {
  const said = new AbortController();
  const end = () => said.abort();
  farewell.then(end, end);
  await delay(farewellMs, said.signal);
}
