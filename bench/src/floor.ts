import type { System } from '@latchkey/chaos/parts';
import { owners, portOffsets } from '@latchkey/contracts';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import pLimit from 'p-limit';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { call, sendMail } from './bare-call.js';
import { withDatabase } from './scratch-database.js';
import { between, usageOf, usedBy } from './usage.js';

/** Kinds of work that every tenant needs whatever the services are written in. */
export const kinds = ['transactions', 'facts published', 'facts handled', 'vendor calls', 'requests answered'] as const;
export type Kind = (typeof kinds)[number];

export type ForEachKind = Record<Kind, number>;

/** Counters of the services that say how many pieces there were. */
const countedBy: Record<Kind, readonly string[]> = {
  transactions: ['door_transactions_total'],
  'facts published': ['outbox_published_total'],
  'facts handled': ['event_handling_duration_seconds_count', 'journal_events_recorded_total'],
  'vendor calls': ['vendor_request_duration_seconds_count'],
  'requests answered': ['http_requests_total'],
};

/** How many pieces of each kind the six services have done since they started. */
export async function countsOf(system: System): Promise<ForEachKind> {
  const pages = await Promise.all(owners.map(async (owner) => (await fetch(`${system.url(owner)}/metrics`)).text()));
  const lines = pages.join('\n').split('\n');
  const sumOf = (names: readonly string[]) =>
    lines
      .filter((line) => names.some((name) => line.startsWith(`${name}{`) || line.startsWith(`${name} `)))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  return Object.fromEntries(kinds.map((kind) => [kind, sumOf(countedBy[kind])])) as ForEachKind;
}

/** How many pieces of each kind a tenant took, between two looks at the counters. */
export function piecesOf(tenants: number, before: ForEachKind, after: ForEachKind): ForEachKind {
  return Object.fromEntries(kinds.map((kind) => [kind, (after[kind] - before[kind]) / tenants])) as ForEachKind;
}

const atOnce = 16;
const warmUp = 300;
const pieces = 1_500;
const page = 100;
const stream = 'BENCH_FLOOR';

/**
 * The least that the guarantees cost on this machine, in milliseconds of CPU for one piece, both ends counted but the
 * vendor's and who asks for a request: a transaction that reads a row, changes it and notes a fact; a fact on a stream that
 * is synced to the disk; the same fact heard and acknowledged; a vendor asked over HTTP; a request answered. Bare clients and
 * servers, with prepared statements, sixteen at a time. What questions and the services' own work cost is not in it, so the
 * true least is higher.
 */
export async function measureFloor(system: System): Promise<ForEachKind> {
  return {
    transactions: await ofTransactions(system),
    ...(await ofFacts(system)),
    'vendor calls': await cpuMsOf(
      system,
      null,
      sixteenAtOnce(() => sendMail(system, 'floor@customers.example')),
    ),
    'requests answered': await ofRequests(),
  };
}

/** CPU of this process and of `part` for each of many pieces, in milliseconds; `work` does so many of them. */
async function cpuMsOf(system: System, part: string | null, work: (count: number) => Promise<unknown>) {
  await work(warmUp);
  const before = await usageOf(system);
  await work(pieces);
  const used = between(before, await usageOf(system));
  return ((used.get('strangers')?.cpuMs ?? 0) + (used.get(part ?? '')?.cpuMs ?? 0)) / pieces;
}

const sixteenAtOnce = (piece: (index: number) => Promise<unknown>) => (count: number) =>
  pLimit(atOnce).map(Array.from({ length: count }).keys(), piece);

async function ofTransactions(system: System): Promise<number> {
  return withDatabase(system, 'bench_floor', atOnce, async (pool) => {
    await pool.query('create table thing (id int primary key, state text); create table fact (id text, data jsonb)');
    await pool.query(`insert into thing select n, 'new' from generate_series(0, ${pieces}) n`);
    const transaction = sixteenAtOnce(async (index) => {
      const connection = await pool.connect();
      const ask = (name: string, text: string, values: unknown[] = []) => connection.query({ name, text, values });
      try {
        await ask('begin', 'begin');
        await ask('read', 'select * from thing where id = $1 for update', [index]);
        await ask('change', 'update thing set state = $2 where id = $1', [index, 'done']);
        await ask('note', 'insert into fact (id, data) values ($1, $2)', [`fact_${index}`, { index }]);
        await ask('commit', 'commit');
      } finally {
        connection.release();
      }
    });
    return cpuMsOf(system, 'postgres', transaction);
  });
}

async function ofFacts(system: System): Promise<Pick<ForEachKind, 'facts published' | 'facts handled'>> {
  const connection = await connect({ servers: `127.0.0.1:${system.options.portBase + portOffsets.nats}` });
  const manager = await jetstreamManager(connection);
  try {
    await manager.streams.add({ name: stream, subjects: ['bench.floor'] });
    await manager.consumers.add(stream, { durable_name: 'floor', ack_policy: 'explicit' });
    const data = JSON.stringify({ tenant_id: 'tenant_bench_floor', text: 'x'.repeat(200) });
    const bus = jetstream(connection);
    const publish = sixteenAtOnce(() => bus.publish('bench.floor', data));
    const published = await cpuMsOf(system, 'nats', publish);
    const consumer = await bus.consumers.get(stream, 'floor');
    const handled = await cpuMsOf(system, 'nats', async (count) => {
      // A page at a time, and no page begun that is not wanted: what is delivered and not acknowledged comes again after 30 s.
      for (let left = count; left > 0; left -= page)
        for await (const message of await consumer.fetch({ max_messages: page })) message.ack();
    });
    return { 'facts published': published, 'facts handled': handled };
  } finally {
    await manager.streams.delete(stream);
    await connection.close();
  }
}

async function ofRequests(): Promise<number> {
  const server = fork(join(import.meta.dirname, 'bare-server.js'));
  try {
    const [port] = (await once(server, 'message')) as [number];
    const form = { email: 'floor@customers.example', password: 'plum kettle vista 42', plan: 'starter' };
    const ask = sixteenAtOnce(() => call(`http://127.0.0.1:${port}`, form));
    await ask(warmUp);
    const before = usedBy(server.pid!);
    await ask(pieces);
    return (usedBy(server.pid!).cpuMs - before.cpuMs) / pieces;
  } finally {
    server.kill();
  }
}
