import type { System } from '@latchkey/chaos/parts';
import { hears, owners, portOffsets, type Owner } from '@latchkey/contracts';
import pg from 'pg';
import { makeFacts, factTypes, typesOf } from './happenings.js';
import { makePeople } from './people.js';
import { tablesOf } from './tables.js';

/** The past days of the outbox: a system that just began has partitions from today on. */
const makePartitions = `
  do $$ begin
    for back in 1..30 loop
      execute format('create table if not exists kit.outbox_%s partition of kit.outbox for values from (%L) to (%L)',
        to_char(date_trunc('day', now()) - make_interval(days => back), 'YYYYMMDD'),
        date_trunc('day', now()) - make_interval(days => back), date_trunc('day', now()) - make_interval(days => back - 1));
    end loop;
  end $$`;

const fillOutbox = `
  insert into kit.outbox (id, tenant_id, type, subject, data, headers, occurred_at, published_at)
  select event_id, tenant_id, type, 'latchkey.' || type || '.' || tenant_id, data,
    jsonb_build_object('ce-id', event_id, 'ce-type', type, 'ce-source', owner, 'ce-subject', tenant_id, 'ce-time', at,
      'traceparent', '00-' || md5(tenant_id) || '-' || substr(md5(correlation_id), 1, 16) || '-01',
      'causation-id', correlation_id, 'correlation-id', correlation_id), at, at + interval '20 ms'
  from fact where owner = $1 order by at`;

/** Analytics keeps no inbox: its journal knows each fact. */
const fillInbox = `
  insert into kit.inbox (event_id, type, received_at)
  select event_id, type, at + interval '30 ms' from fact where type = any($1::text[]) order by at`;

/** Numbered people, both ends included: each fill adds those after the last one's. */
export interface Crowd {
  from: number;
  to: number;
}

/**
 * Puts tenants into all six databases as if they had come over the last 30 days, with one statement for each table: rows,
 * facts, inboxes, mails, jobs. The bus and the vendors know nothing of them, so nothing that is done here may make a service
 * ask about them.
 */
export async function fill(system: System, crowd: Crowd): Promise<void> {
  const now = new Date().toISOString();
  await Promise.all(owners.map((owner) => fillOne(system, owner, crowd, now)));
}

async function fillOne(system: System, owner: Owner, { from, to }: Crowd, now: string): Promise<void> {
  const heard = hears[owner];
  const inboxTypes = heard === 'everything' ? [] : heard.map(({ type }) => type);
  const client = await connect(system, owner);
  try {
    await client.query(makePartitions);
    await client.query('begin');
    await client.query(makePeople, [from, to, now]);
    const types = heard === 'everything' ? factTypes : [...typesOf(owner), ...inboxTypes];
    await client.query(makeFacts, [now, types]);
    await client.query('analyze person, fact');
    await client.query(fillOutbox, [owner]);
    await client.query(fillInbox, [inboxTypes]);
    for (const statement of tablesOf[owner]) await client.query(statement);
    await client.query('drop table person, fact');
    await client.query('commit');
    // What autovacuum would do in the next minutes, while something else is measured.
    await client.query('vacuum (analyze)');
  } finally {
    await client.end();
  }
}

async function connect(system: System, owner: Owner): Promise<pg.Client> {
  const port = system.options.portBase + portOffsets.postgres;
  const client = new pg.Client({
    connectionString: `postgres://latchkey@127.0.0.1:${port}/${owner.replaceAll('-', '_')}`,
    application_name: 'bench',
    options: '-c timezone=UTC -c work_mem=256MB -c synchronous_commit=off',
  });
  await client.connect();
  return client;
}
