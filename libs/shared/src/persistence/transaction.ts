import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { Transaction } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { EventContract, EventData } from '@latchkey/contracts';
import { newEventId } from '../ids/index.js';
import { currentScope, newScope, type Scope } from '../observability/scope.js';
import type { Gathering } from './gathering.js';
import { judgeByCommit } from './pg-client.js';
import type { PreparedConnection } from './prepared-connection.js';

/** A fact that waits for the commit. */
export interface PendingFact {
  id: string;
  event: EventContract;
  tenantId: string;
  data: unknown;
  /** Of whoever recorded it: in one commit there may be facts of several causes. */
  scope: Scope;
}

/** Work that waits for the commit: the queue's name and what pg-boss stores. */
export interface PendingJob {
  /** Chosen here, so that what is written beside the job can name it. */
  id: string;
  queue: string;
  data: object;
  afterSeconds?: number;
  key?: string;
}

/** What belongs to one open door. Application code reaches it through em(), sql(), record(), enqueue() and afterCommit(). */
export interface OpenDoor {
  readonly owner: string;
  readonly em: EntityManager;
  /** False for `door.read`: nothing may be recorded there. */
  readonly writes: boolean;
  /** The clock's time, as ISO 8601. */
  readonly now: () => string;
  readonly facts: PendingFact[];
  readonly jobs: PendingJob[];
  readonly lastly: (() => Promise<void>)[];
  readonly afterCommit: (() => void)[];
  /** Set when the transaction is shared with other pieces of work. */
  readonly gathering?: Gathering;
}

const doors = new AsyncLocalStorage<OpenDoor>();

export function runInDoor<T>(door: OpenDoor, fn: () => T): T {
  return doors.run(door, fn);
}

export function isDoorOpen(): boolean {
  return doors.getStore() !== undefined;
}

/** True while a transaction is open: the vendors' wrappers refuse to call then (DESIGN rule 4). */
export function isInsideTransaction(): boolean {
  return doors.getStore()?.writes === true;
}

function openDoor(what: string): OpenDoor {
  const door = doors.getStore();
  if (!door) throw new Error(`${what} was used outside of a door: wrap the work in door.commit or door.read.`);
  return door;
}

function writingDoor(what: string): OpenDoor {
  const door = openDoor(what);
  if (!door.writes) throw new Error(`${what} was used in door.read: use door.commit.`);
  return door;
}

/** The EntityManager of the open door. The door flushes it, nobody else. */
export function em(): EntityManager {
  return openDoor('em()').em;
}

/** Plain SQL with $1-style values in the open door's transaction; rows as the driver returns them: instants and bigints as text. */
export async function sql<Row = Record<string, unknown>>(
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  return query<Row>(openDoor('sql()').em, text, values);
}

/** The same for the kit itself, which holds its own EntityManager. */
export async function query<Row>(
  entityManager: EntityManager,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  return connectionOf(entityManager).executePlain<Row>(
    text,
    values,
    entityManager.getTransactionContext<Transaction>(),
  );
}

/**
 * For rows that many pieces of work write, the kit's own above all: where the transaction is shared, `work` runs once for all that
 * its members bring in the same turn; alone, for the one item at once.
 */
export async function forAll<Item, Result>(
  name: string,
  item: Item,
  work: (items: Item[]) => Promise<Result[]>,
): Promise<Result> {
  const { gathering } = writingDoor('forAll()');
  if (gathering) return gathering.bring(name, item, work);
  return (await work([item]))[0] as Result;
}

/**
 * Sends a statement whose rows nobody needs, without waiting: it travels with the next one, the commit at last, and that
 * throws what it failed with.
 */
export async function queryWithCommit(
  entityManager: EntityManager,
  text: string,
  values: readonly unknown[],
): Promise<void> {
  const transaction = entityManager.getTransactionContext<Transaction>();
  if (!transaction) throw new Error('queryWithCommit() was used outside of a transaction.');
  await connectionOf(entityManager).executePlain(text, judgeByCommit([...values]), transaction);
}

/** createOrm gives every service this one. */
function connectionOf(entityManager: EntityManager): PreparedConnection {
  return entityManager.getConnection() as unknown as PreparedConnection;
}

/**
 * Says that something happened. The fact goes to the outbox in the same commit as the change that made it true, and
 * from there to everybody (DESIGN rule 3). A fact that breaks its contract throws here, before anything is written.
 */
export function record<E extends EventContract>(event: E, tenantId: string, data: EventData<E>): string {
  const door = writingDoor('record()');
  if (event.owner !== door.owner)
    throw new Error(`${door.owner} must not publish ${event.type}: its owner is ${event.owner}.`);
  const fact = { id: newEventId(), event, tenantId, data: event.data.parse(data), scope: currentScope() ?? newScope() };
  door.facts.push(fact);
  return fact.id;
}

/** The time by the service's clock, for the kit's own rows. */
export function doorNow(): string {
  return writingDoor('doorNow()').now();
}

/** The job's id. */
export function addJob(job: Omit<PendingJob, 'id'>): string {
  const id = randomUUID();
  writingDoor('enqueue()').jobs.push({ id, ...job });
  return id;
}

/**
 * Runs inside the transaction when everything else is written, right before the commit; throwing rolls all of it back.
 * For rows that many transactions queue for (a shared counter): locked any earlier, they would be served one by one.
 */
export function lastly(fn: () => Promise<void>): void {
  writingDoor('lastly()').lastly.push(fn);
}

/** Runs once the commit is safe, and never when it failed. For hints; must not throw, and may be lost in a crash. */
export function afterCommit(fn: () => void): void {
  writingDoor('afterCommit()').afterCommit.push(fn);
}
