import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { streamOf } from '@latchkey/contracts';
import {
  cacheDir,
  ensureDatabase,
  findNatsServer,
  freePort,
  natsIsHealthy,
  startNats,
  startPostgres,
} from '@latchkey/local';
import type { RunningService } from '@latchkey/shared/service';
import { Client } from 'pg';
import { startWorld, type World } from '../src/index.js';
import { smallDisk } from './small-disk.js';
import { source } from './traffic-services.js';

// A real PostgreSQL and a real nats-server on a disk that is really full. Skipped where no such disk can be made.
const databaseDisk = smallDisk(160);
const busDisk = smallDisk(40);
const onSmallDisk = databaseDisk && busDisk ? test : test.skip;
let world: World;

jest.setTimeout(60_000);

beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world.stop();
  databaseDisk?.remove();
  busDisk?.remove();
});

async function post(service: RunningService, note: string) {
  const response = await fetch(`${service.url}/notes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ tenant_id: 'tenant_full', note }),
  });
  return { status: response.status, body: (await response.json()) as { code?: string; retry_after?: number } };
}

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`It never happened: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

onSmallDisk(
  'a full disk under PostgreSQL is a 503 with a code until there is room, and no acknowledged request is lost (needs root on Linux)',
  async () => {
    const disk = databaseDisk!;
    const port = await freePort();
    let postgres = await startPostgres({ dataDir: join(disk.path, 'pg'), port });
    try {
      await ensureDatabase(postgres.url('postgres'), 'small');
      const service = await world.start(source, { DATABASE_URL: postgres.url('small') });
      const acknowledged: string[] = [];
      const refused: Awaited<ReturnType<typeof post>>[] = [];
      const ask = async (note: string) => {
        const answer = await post(service, note);
        if (answer.status === 201) acknowledged.push(note);
        else refused.push(answer);
      };
      await ask('with room');
      disk.fill();
      for (let n = 0; refused.length === 0 && n < 3_000; n++) await ask(`filling ${n}`.padEnd(4_000));
      // Its log cannot grow any more, and for that PostgreSQL has no other answer than to end itself.
      const client = new Client({ connectionString: postgres.url('small') });
      client.on('error', () => undefined);
      await client.connect();
      await until(async () => {
        await client
          .query(`select pg_logical_emit_message(true, 'spec', repeat('x', 1000000)), pg_switch_wal()`)
          .catch(() => undefined);
        return postgres.child.exitCode !== null;
      }, 'PostgreSQL ends itself');
      await ask('while it is away');
      expect(refused.length).toBeGreaterThanOrEqual(2);
      for (const answer of refused)
        expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable', retry_after: expect.any(Number) } });

      disk.makeRoom();
      postgres = await startPostgres({ dataDir: join(disk.path, 'pg'), port });
      await until(async () => (await post(service, 'room again')).status === 201, 'requests are taken again');
      const kept = await service.sql<{ note: string }>('select note from note');
      expect(kept.map(({ note }) => note)).toEqual(expect.arrayContaining(acknowledged));
      await until(async () => (await service.kit.relay.countUnpublished()) === 0, 'every fact is on the bus');
      await world.stopService(service);
    } finally {
      await postgres.stop();
    }
  },
);

onSmallDisk(
  'a full disk under NATS costs no request; its plain health page tells that only a restart helps, and then every fact arrives (needs root on Linux)',
  async () => {
    const disk = busDisk!;
    const options = {
      binary: await findNatsServer({ cacheDir: cacheDir() }),
      storeDir: join(disk.path, 'nats'),
      port: await freePort(),
      httpPort: await freePort(),
    };
    let nats = await startNats(options);
    try {
      const service = await world.start(source, { NATS_URL: nats.url });
      const published = () =>
        until(async () => (await service.kit.relay.countUnpublished()) === 0, 'the outbox is empty');
      expect((await post(service, 'with room')).status).toBe(201);
      await published();
      disk.fill();
      for (let n = 0; n < 20; n++) expect((await post(service, `filling ${n}`.padEnd(4_000))).status).toBe(201);
      await until(async () => !(await natsIsHealthy(options.httpPort, 1_000)), 'NATS says that it cannot write');
      disk.makeRoom();
      expect((await post(service, 'there is room')).status).toBe(201);
      expect(await natsIsHealthy(options.httpPort, 1_000)).toBe(false);

      await nats.stop();
      nats = await startNats(options);
      expect((await post(service, 'started again')).status).toBe(201);
      await published();
      const connection = await connect({ servers: nats.url });
      const { state } = await (await jetstreamManager(connection)).streams.info(streamOf('signup'));
      await connection.close();
      expect(state.messages).toBeGreaterThanOrEqual(23);
      await world.stopService(service);
    } finally {
      await nats.stop();
    }
  },
);
