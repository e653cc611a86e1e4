import {
  AckPolicy,
  DeliverPolicy,
  RetentionPolicy,
  StorageType,
  type ConsumerConfig,
  type JetStreamManager,
  type StreamInfo,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { streamOf, type Owner } from '@latchkey/contracts';
import { outboxDays } from '../persistence/outbox.js';

/** A message nobody acknowledged or said to be working on for this long is given to another replica. */
export const ackWaitMs = 6_000;

/** Unfinished messages a service may hold: the bound on its memory, and on what a crash makes it repeat. */
export const ackPendingMax = 512;

/** What whoever only records may hold: two of its batches. */
export const journalPendingMax = 1_000;

/**
 * A stream per owner, the same whoever makes it first: on a bus without identities owner and listeners both do, so each
 * service starts alone; on one with identities the bus-keeper does.
 * Streams keep as long as the outboxes do; they are a copy of those (DESIGN rule 5).
 */
export async function ensureStream(manager: JetStreamManager, owner: Owner, replicas: number): Promise<StreamInfo> {
  const config = {
    name: streamOf(owner),
    subjects: [`latchkey.${owner}.>`],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    num_replicas: replicas,
    max_age: nanos(outboxDays * 86_400_000),
    duplicate_window: nanos(120_000),
    max_msg_size: 256 * 1_024,
  };
  try {
    return await manager.streams.info(config.name);
  } catch (error) {
    if (!(error instanceof Error) || !/stream not found/i.test(error.message)) throw error;
    return manager.streams.add(config);
  }
}

/**
 * The durable consumer of a service on an owner's stream. One that an earlier release left, with other filters, is brought
 * up to date and keeps its place; while replicas of two releases run, the one that started last decides the filters.
 */
export async function ensureConsumer(
  manager: JetStreamManager,
  owner: Owner,
  durable: string,
  filterSubjects: string[],
  pendingMax = ackPendingMax,
): Promise<void> {
  const present = await manager.consumers.info(streamOf(owner), durable).catch((error: unknown) => {
    if (!(error instanceof Error) || !/consumer not found/i.test(error.message)) throw error;
  });
  const { config } = present ?? {};
  if (config?.max_ack_pending === pendingMax && isSame(filtersOf(config), filterSubjects)) return;
  const changeable = {
    filter_subjects: filterSubjects,
    ack_wait: nanos(ackWaitMs),
    max_ack_pending: pendingMax,
    max_deliver: -1,
  };
  try {
    await manager.consumers.add(streamOf(owner), {
      ...changeable,
      durable_name: durable,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
    });
  } catch (error) {
    if (!(error instanceof Error) || !/consumer already exists/i.test(error.message)) throw error;
    await manager.consumers.update(streamOf(owner), durable, changeable);
  }
}

function filtersOf({ filter_subjects, filter_subject }: ConsumerConfig): string[] {
  return filter_subjects ?? (filter_subject ? [filter_subject] : []);
}

function isSame(some: string[], others: string[]): boolean {
  return some.length === others.length && some.every((each) => others.includes(each));
}

/** Throws when a consumer that the bus-keeper makes is not there yet, or does not hear what our handlers wait for. */
export async function requireConsumer(
  manager: JetStreamManager,
  owner: Owner,
  durable: string,
  filters: string[],
): Promise<void> {
  const { config } = await manager.consumers.info(streamOf(owner), durable);
  const heard = filtersOf(config);
  const missing = filters.filter((filter) => !heard.includes(filter));
  if (missing.length > 0)
    throw new Error(`${durable} does not hear ${missing.join(', ')}: the bus-keeper must know these contracts first.`);
}
