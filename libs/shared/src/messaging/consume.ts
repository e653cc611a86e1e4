import type { JsMsg } from '@nats-io/jetstream';
import { streamOf, type Owner } from '@latchkey/contracts';
import type { Log } from '../observability/logger.js';
import { delay } from '../time/delay.js';
import type { Bus } from './bus.js';
import { ensureConsumer, ensureStream, requireConsumer } from './streams.js';

export interface Subscription {
  bus: Bus;
  owner: Owner;
  durable: string;
  filters: string[];
  signal: AbortSignal;
  log: Log;
  pendingMax?: number;
}

/**
 * How long one pull waits on the server, which shows signs of life at half this time. A consumer that vanishes with its
 * stream does not always say so; it is missed after two of those signs, with the library's default after 30 s.
 */
const pullMs = 6_000;

/**
 * Pulls messages until the signal ends it. Whatever goes wrong (NATS restarted, stream or consumer deleted), it makes
 * stream and consumer again and goes on; the server's bound on unacknowledged messages is the bound on memory.
 */
export async function consumeForever(subscription: Subscription, take: (message: JsMsg) => void): Promise<void> {
  const { bus, owner, durable, filters, signal, log } = subscription;
  bus.consumers.push({ owner, durable });
  while (!signal.aborted) {
    // What is asked without a connection is lost, and then waited for until its time-out.
    if (!bus.isConnected) {
      await delay(100, signal);
      continue;
    }
    try {
      const manager = await bus.manager();
      if (bus.isKept) await requireConsumer(manager, owner, durable, filters);
      else {
        await ensureStream(manager, owner, bus.replicas);
        await ensureConsumer(manager, owner, { ...subscription, service: bus.service });
      }
      const consumer = await (await bus.jetstream()).consumers.get(streamOf(owner), durable);
      const messages = await consumer.consume({ max_messages: 256, expires: pullMs, abort_on_missing_resource: true });
      const stop = () => messages.stop();
      signal.addEventListener('abort', stop);
      // An abort between the await above and this line would otherwise be missed.
      if (signal.aborted) messages.stop();
      for await (const message of messages) take(message);
      signal.removeEventListener('abort', stop);
    } catch (error) {
      if (signal.aborted) return;
      log.warn('The stream is not answering; listening again shortly.', { stream: streamOf(owner), err: error });
    }
    await delay(500, signal);
  }
}
