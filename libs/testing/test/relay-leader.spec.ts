import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { EmailSent } from '@latchkey/contracts';
import { newId } from '@latchkey/shared/ids';
import { record } from '@latchkey/shared/persistence';
import { startWorld, type World } from '../src/index.js';
import { probe } from './probe-service.js';

let world: World;

jest.setTimeout(60_000);

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

/** A way to NATS for one replica only, that can be cut. */
async function startOwnWay(target: URL) {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const nats = connect(Number(target.port), target.hostname);
    for (const socket of [client, nats]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => [client, nats].forEach((each) => each.destroy()));
    }
    client.pipe(nats).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { url: `nats://127.0.0.1:${(server.address() as AddressInfo).port}`, cut };
}

test('a leader that cannot reach NATS any more leaves the facts to a replica that can', async () => {
  const way = await startOwnWay(new URL(world.nats.url));
  const leader = await world.start(probe, { NATS_URL: way.url });
  const tell = (tenant: string) =>
    leader.kit.door.commit('spec', () => void record(EmailSent, tenant, { message_id: 'm', template: 'probe' }));
  await tell(newId('tenant'));
  await world.drain();
  await world.start(probe);
  way.cut();
  const tenant = newId('tenant');
  await tell(tenant);
  const deadline = Date.now() + 30_000;
  while ((await world.eventTypes(tenant)).length === 0) {
    if (Date.now() > deadline) throw new Error('The fact waits for a leader without a bus.');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(await world.eventTypes(tenant)).toEqual([EmailSent.type]);
});
