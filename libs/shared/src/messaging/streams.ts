import { isDeepStrictEqual } from 'node:util';
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
import { hearsNoMore, streamOf, type Owner } from '@latchkey/contracts';
import { outboxDays } from '../persistence/outbox.js';

/** A message nobody acknowledged or said to be working on for this long is given to another replica. */
export const ackWaitMs = 6_000;

/** Unfinished messages a service may hold: the bound on its memory, and on what a crash makes it repeat. */
export const ackPendingMax = 512;

/** What whoever only records may hold: two of its batches. */
export const journalPendingMax = 1_000;

/** What a service wants to hear of a stream, under which name, and how much of it at a time. */
export interface ConsumerWish {
  service: string;
  durable: string;
  filters: string[];
  pendingMax?: number | undefined;
}

/**
 * A stream per owner, the same whoever makes it first: on a bus without identities owner and listeners both do, so each
 * service starts alone; on one with identities the bus-keeper does.
 * Streams keep as long as the outboxes do; they are a copy of those (DESIGN rule 5).
 */
export async function ensureStream(manager: JetStreamManager, owner: Owner, replicas: number): Promise<StreamInfo> {
  try {
    return await manager.streams.info(streamOf(owner));
  } catch (error) {
    if (!(error instanceof Error) || !/stream not found/i.test(error.message)) throw error;
    return manager.streams.add({
      name: streamOf(owner),
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      ...changeableOf(owner, replicas),
    });
  }
}

/**
 * Brings a stream that another release, another `NATS_REPLICAS` or somebody's hand has left to what this release wants. The
 * bus-keeper's alone: of services that run side by side, each would undo what the other did.
 */
export async function mendStream(
  manager: JetStreamManager,
  owner: Owner,
  replicas: number,
  { config }: StreamInfo,
): Promise<void> {
  const wanted = changeableOf(owner, replicas);
  if (!differs(config, wanted)) return;
  await manager.streams.update(streamOf(owner), wanted);
}

/** What of a stream can be changed while it lives. */
function changeableOf(owner: Owner, replicas: number) {
  return {
    subjects: [`latchkey.${owner}.>`],
    num_replicas: replicas,
    max_age: nanos(outboxDays * 86_400_000),
    duplicate_window: nanos(120_000),
    max_msg_size: 256 * 1_024,
  };
}

/**
 * The durable consumer of a service on an owner's stream. One that another release left keeps its place, and its filters only
 * grow: replicas of two releases may run, and whichever is started last must not cut off the other. What is to be heard no
 * more is said in the contracts (`hearsNoMore`).
 */
export async function ensureConsumer(
  manager: JetStreamManager,
  owner: Owner,
  { service, durable, filters, pendingMax = ackPendingMax }: ConsumerWish,
): Promise<void> {
  const changeable = { ack_wait: nanos(ackWaitMs), max_ack_pending: pendingMax, max_deliver: -1 };
  const present = await manager.consumers.info(streamOf(owner), durable).catch((error: unknown) => {
    if (!(error instanceof Error) || !/consumer not found/i.test(error.message)) throw error;
  });
  if (!present) {
    try {
      await manager.consumers.add(streamOf(owner), {
        ...changeable,
        filter_subjects: filters,
        durable_name: durable,
        ack_policy: AckPolicy.Explicit,
        deliver_policy: DeliverPolicy.All,
      });
      return;
    } catch (error) {
      if (!(error instanceof Error) || !/consumer already exists/i.test(error.message)) throw error;
      // Somebody else was quicker, perhaps with other filters.
      return ensureConsumer(manager, owner, { service, durable, filters, pendingMax });
    }
  }
  const heard = filtersOf(present.config);
  const dropped = (hearsNoMore[service as Owner] ?? []).map((type) => `latchkey.${type}.*`);
  const wanted = [...new Set([...heard, ...filters])].filter((filter) => !dropped.includes(filter));
  if (!differs(present.config, changeable) && isSame(heard, wanted)) return;
  await manager.consumers.update(streamOf(owner), durable, { ...changeable, filter_subjects: wanted });
}

function filtersOf({ filter_subjects, filter_subject }: ConsumerConfig): string[] {
  return filter_subjects ?? (filter_subject ? [filter_subject] : []);
}

function differs(present: object, wanted: object): boolean {
  const now = new Map(Object.entries(present));
  return Object.entries(wanted).some(([key, value]) => !isDeepStrictEqual(now.get(key), value));
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
