import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, headers as natsHeaders } from '@nats-io/transport-node';
import { owners, streamOf } from '@latchkey/contracts';

export interface StoredEvent {
  stream: string;
  seq: number;
  id: string;
  type: string;
  tenantId: string;
}

async function withBus<T>(url: string, work: (manager: JetStreamManager) => Promise<T>): Promise<T> {
  const connection = await connect({ servers: url, name: 'chaos', maxReconnectAttempts: 50, reconnectTimeWait: 200 });
  try {
    return await work(await jetstreamManager(connection, { timeout: 10_000 }));
  } finally {
    await connection.close();
  }
}

/** Every event that lies on the bus now, in the order of each stream. A stream that is missing holds none. */
export function readStreams(url: string): Promise<StoredEvent[]> {
  return withBus(url, async (manager) => {
    const events: StoredEvent[] = [];
    for (const owner of owners) {
      const stream = streamOf(owner);
      const info = await manager.streams.info(stream).catch(() => undefined);
      let left = info?.state.messages ?? 0;
      if (left === 0) continue;
      const consumer = await manager.jetstream().consumers.get(stream);
      for await (const message of await consumer.consume()) {
        events.push({
          stream,
          seq: message.seq,
          id: message.headers?.get('ce-id') ?? '',
          type: message.headers?.get('ce-type') ?? '',
          tenantId: message.headers?.get('ce-subject') ?? '',
        });
        left -= 1;
        if (left === 0 || message.info.pending === 0) break;
      }
    }
    return events;
  });
}

/** How many messages some service has not acknowledged yet. */
export async function countUnacknowledged(url: string): Promise<number> {
  return withBus(url, async (manager) => {
    let count = 0;
    for (const owner of owners) {
      const stream = streamOf(owner);
      if (!(await manager.streams.info(stream).catch(() => undefined))) continue;
      for await (const { config, num_pending: pending, num_ack_pending: unacknowledged } of manager.consumers.list(
        stream,
      ))
        // The services' own; those of a reading of ours linger for a while.
        if (config.durable_name) count += pending + unacknowledged;
    }
    return count;
  });
}

/** Publishes stored events once more under new message ids, as a redelivery after the dedupe window would. */
export function replayEvents(url: string, wanted: readonly StoredEvent[]): Promise<number> {
  return withBus(url, async (manager) => {
    const js = manager.jetstream();
    let replayed = 0;
    for (const { stream, seq, id } of wanted) {
      const stored = await manager.streams.getMessage(stream, { seq });
      if (!stored) continue;
      await js.publish(stored.subject, stored.data, { headers: stored.header, msgID: `${id}-again-${Date.now()}` });
      replayed += 1;
    }
    return replayed;
  });
}

/** Publishes whatever it is given, as a producer with a bug would. */
export function publishRaw(
  url: string,
  subject: string,
  body: string,
  envelope: Record<string, string>,
): Promise<void> {
  return withBus(url, async (manager) => {
    const headers = natsHeaders();
    for (const [name, value] of Object.entries(envelope)) headers.set(name, value);
    await manager.jetstream().publish(subject, body, { headers, msgID: envelope['ce-id']! });
  });
}
