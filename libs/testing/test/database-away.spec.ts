import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { endWhenSilent, sql } from '@latchkey/shared/persistence';
import type { RunningService } from '@latchkey/shared/service';
import { startWorld, type World } from '../src/index.js';
import { behaviour, probe } from './probe-service.js';
import { VerificationRequested } from '@latchkey/contracts';
import { newId } from '@latchkey/shared/ids';
import pg from 'pg';

let world: World;
let service: RunningService;

jest.setTimeout(60_000);

beforeAll(async () => {
  world = await startWorld();
  service = await world.start(probe);
});
afterAll(() => world.stop());

const cutAllConnections = () =>
  service.sql(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  );

test('a transaction whose connection dies is refused in time, and leaves no connection occupied', async () => {
  for (let round = 0; round < 12; round++) {
    const startedAt = Date.now();
    const attempt = service.kit.door.commit('spec', async () => {
      await sql(`insert into effect (note) values ('cut')`);
      const [self] = await sql<{ pid: number }>('select pg_backend_pid() as pid');
      await service.sql('select pg_terminate_backend($1)', [self!.pid]);
      await sql('select 1');
    });
    await expect(attempt).rejects.toThrow();
    // While places of dead connections are being given back, one may have to be waited for.
    expect(Date.now() - startedAt).toBeLessThan(4_500);
  }
  expect(await service.sql(`select 1 from effect where note = 'cut'`)).toEqual([]);
  await expect(service.kit.door.commit('spec', () => sql('select 1'))).resolves.toHaveLength(1);
});

test('a connection to a server that only reads, as after a failover, is used for one statement more at most', async () => {
  await service.kit.door.commit('spec', () => sql('set session characteristics as transaction read only'));
  const write = () => service.kit.door.commit('spec', () => sql(`insert into effect (note) values ('moved')`));
  await expect(write()).rejects.toMatchObject({ code: '25006' });
  await expect(write()).resolves.toEqual([]);
});

test('a connection whose server says nothing any more is ended while an answer is waited for, and not before', async () => {
  const client = new pg.Client(await world.databaseUrl('notifier'));
  client.on('error', () => undefined);
  endWhenSilent(client, 200);
  await client.connect();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await expect(client.query('select pg_sleep(10)')).rejects.toThrow('Connection terminated');
});

// That PostgreSQL then frees a lock after 18 to 21 s was tried with a dropped loopback connection; without, it had it after 60.
test('the server looks for a client whose machine vanished, whose locks would outlive it for two hours', async () => {
  const [bounds] = await service.kit.door.commit('spec', () =>
    sql(`select current_setting('tcp_keepalives_idle')::int + current_setting('tcp_keepalives_interval')::int
           * current_setting('tcp_keepalives_count')::int as idle, current_setting('tcp_user_timeout')::int as sending_ms`),
  );
  expect(bounds).toEqual({ idle: 20, sending_ms: 20_000 });
});

test('a database that cuts everybody off in the middle costs no event, no job and no way to stop', async () => {
  behaviour.onJob = async (_data, run) => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    await run.commit(() => sql(`insert into effect (note) values ('job')`));
  };
  const tenants = Array.from({ length: 60 }, () => newId('tenant'));
  for (const [index, tenant] of tenants.entries()) {
    await world.publish(VerificationRequested, tenant, { verification_id: tenant });
    if (index % 15 === 7) await cutAllConnections().catch(() => undefined);
  }
  await until(async () => (await service.sql(`select 1 from effect where note = 'job'`)).length >= 60);
  expect(await service.sql(`select 1 from effect where note = 'job'`)).toHaveLength(60);
  expect(await service.sql('select 1 from kit.dead_letter')).toEqual([]);
  const startedAt = Date.now();
  await world.stopService(service);
  expect(Date.now() - startedAt).toBeLessThan(5_000);
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 40_000;
  for (;;) {
    if (await condition().catch(() => false)) return;
    if (Date.now() > deadline) throw new Error('It never happened.');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
