import type { JetStreamManager, StreamInfo } from '@nats-io/jetstream';
import { busConsumers, hears, owners, type Owner } from '@latchkey/contracts';
import type { Log } from '../observability/logger.js';
import { delay } from '../time/delay.js';
import { Wake } from '../time/wake.js';
import type { Bus } from './bus.js';
import { ackPendingMax, ensureConsumer, ensureStream, journalPendingMax, mendStream } from './streams.js';

/** How long a stream that was deleted under a running server stays away. A server that was wiped breaks the connections, which is seen at once. */
const lookMs = 3_000;
const askTimeoutMs = 2_000;

/** Makes every stream and consumer that the contracts name, and brings what they are set to up to date. */
export async function ensureBus(manager: JetStreamManager, replicas: number): Promise<void> {
  const streams = new Map<Owner, StreamInfo>();
  for (const owner of owners) streams.set(owner, await ensureStream(manager, owner, replicas));
  for (const { service, owner, durable, filters } of busConsumers())
    await ensureConsumer(manager, owner, {
      service,
      durable,
      filters,
      pendingMax: hears[service] === 'everything' ? journalPendingMax : ackPendingMax,
    });
  // Last: a cluster that is too small for its replicas refuses this, and facts travel all the same.
  for (const [owner, info] of streams) await mendStream(manager, owner, replicas, info);
}

/**
 * Where services may not make streams and consumers, this does, under an identity of its own: at start, after each loss of
 * the connection and again and again, so that a bus that was wiped is there again and the outboxes can fill it.
 */
export class BusKeeper {
  private readonly stopping = new AbortController();
  private readonly wake = new Wake();
  private loop: Promise<void> = Promise.resolve();
  private kept = false;

  constructor(
    private readonly bus: Bus,
    private readonly log: Log,
  ) {}

  start(): void {
    this.bus.onReconnect(() => this.wake.ring());
    this.loop = this.run();
  }

  /** True while everything was there at the last look. */
  get isReady(): boolean {
    return this.kept && this.bus.isConnected;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake.ring();
    await this.loop;
    await this.bus.close();
  }

  private async run(): Promise<void> {
    await this.bus.ready;
    while (!this.stopping.signal.aborted) {
      // What is asked without a connection is lost, and then waited for until its time-out.
      if (!this.bus.isConnected) {
        await delay(100, this.stopping.signal);
        continue;
      }
      try {
        await ensureBus(await this.bus.manager(askTimeoutMs), this.bus.replicas);
        if (!this.kept) this.log.info('Streams and consumers are there.');
        this.kept = true;
      } catch (error) {
        this.kept = false;
        this.log.warn('Streams and consumers cannot be made; trying again.', { err: error });
        await delay(500, this.stopping.signal);
        continue;
      }
      await this.wake.wait(lookMs);
    }
  }
}
