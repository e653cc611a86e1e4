import type { System } from '@latchkey/chaos/parts';
import { embeddingDimensions } from '@latchkey/contracts';
import pLimit from 'p-limit';
import type pg from 'pg';
import { call, sendMail } from './bare-call.js';
import { figuresOf, type Figures } from './payments.js';
import { withDatabase } from './scratch-database.js';

export interface Plain {
  tenants: number;
  perSecond: number;
  paymentToActive: Figures;
  /** Of this one process, PostgreSQL not counted. */
  cpuMsPerTenant: number;
}

const atOnce = 16;
const tables = `
  create table event (id text primary key, tenant_id text not null, handled_at timestamptz);
  create table tenant (id text primary key, status text not null, namespace text);
  create table api_key (tenant_id text primary key, hash text not null)`;

/**
 * The same work from payment to active as a program of one file would do it: one process, three tables, the vendors called
 * one after the other over the same wires, no bus, no outbox, no saga. It shows what the guarantees cost: killed between two
 * lines it forgets a customer who has paid.
 */
export async function measurePlain(system: System, tenants: number): Promise<Plain> {
  return withDatabase(system, 'bench_plain', atOnce, async (pool) => {
    await pool.query(tables);
    const times: number[] = [];
    const cpuBefore = process.cpuUsage();
    const startedMs = performance.now();
    await pLimit(atOnce).map(Array.from({ length: tenants }).keys(), async (number) => {
      const beganMs = performance.now();
      await bringIn(system, pool, `tenant_plain_${number}`);
      times.push(performance.now() - beganMs);
    });
    const seconds = (performance.now() - startedMs) / 1_000;
    const { user, system: kernel } = process.cpuUsage(cpuBefore);
    const cpuMsPerTenant = (user + kernel) / 1_000 / tenants;
    return { tenants, perSecond: tenants / seconds, paymentToActive: figuresOf(times), cpuMsPerTenant };
  });
}

async function bringIn(system: System, pool: pg.Pool, tenant: string): Promise<void> {
  await pool.query('insert into event (id, tenant_id) values ($1, $2)', [`evt_${tenant}`, tenant]);
  await pool.query(`insert into tenant (id, status) values ($1, 'provisioning')`, [tenant]);
  const values = Array.from({ length: embeddingDimensions }, (_, index) => (index % 7) / 7 + 0.1);
  const vectors = [1, 2, 3].map((number) => ({
    id: `sample_${number}`,
    values,
    metadata: { title: `Sample ${number}` },
  }));
  await call(`${system.url('pinecone')}/vectors/upsert`, { namespace: tenant, vectors });
  await pool.query('insert into api_key (tenant_id, hash) values ($1, md5($1))', [tenant]);
  await pool.query(`update tenant set status = 'active', namespace = $1 where id = $1`, [tenant]);
  await sendMail(system, `${tenant}@customers.example`);
  await pool.query('update event set handled_at = now() where tenant_id = $1', [tenant]);
}
