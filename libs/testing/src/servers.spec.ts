import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { databaseAnswers, isAlive, waitUntilGone } from '@latchkey/local';
import { startTestSandbox } from './sandbox-process.js';
import { createTestDatabase, startTestNats, type TestNats } from './servers.js';

let nats: TestNats | undefined;
afterAll(() => nats?.stop());

test('each spec gets a database of its own, and dropping it leaves nothing', async () => {
  const [one, two] = await Promise.all([createTestDatabase('servers-spec'), createTestDatabase('servers-spec')]);
  expect(one.url).not.toBe(two.url);
  expect(await databaseAnswers(one.url, 2_000)).toBe(true);
  await one.drop();
  await two.drop();
  expect(await databaseAnswers(one.url, 2_000)).toBe(false);
});

test('a killed nats-server comes back on the same port with what it had acknowledged, and empty when it was wiped', async () => {
  nats = await startTestNats();
  const { url, pid } = nats;
  const connection = await connect({ servers: url });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: 'S', subjects: ['s.>'] });
  await jetstream(connection).publish('s.a', 'kept');
  await connection.close();

  await nats.kill();
  expect(isAlive(pid)).toBe(false);
  await nats.restart();
  expect(nats.url).toBe(url);
  expect(await messagesIn(url, 'S')).toBe(1);

  await nats.restartEmpty();
  await expect(messagesIn(url, 'S')).rejects.toThrow('stream not found');
});

test('a paused nats-server answers nobody until it is resumed', async () => {
  nats ??= await startTestNats();
  const connection = await connect({ servers: nats.url });
  nats.pause();
  const ask = () => Promise.race([connection.flush().then(() => 'yes'), new Promise((r) => setTimeout(r, 200, 'no'))]);
  // The signal takes its effect a moment after it was sent: on busy cores one more answer may slip out.
  let answered = await ask();
  for (let more = 0; answered === 'yes' && more < 50; more++) answered = await ask();
  expect(answered).toBe('no');
  nats.resume();
  await connection.flush();
  await connection.close();
});

test('servers die with the process that started them, even when it is killed', async () => {
  const script = `
    import { startPostgres, startNats, findNatsServer, cacheDir, freePort } from '@latchkey/local';
    import { mkdtempSync, chmodSync } from 'node:fs';
    const dir = mkdtempSync('/tmp/latchkey-orphans-'); chmodSync(dir, 0o755);
    const nats = await startNats({ binary: await findNatsServer({ cacheDir: cacheDir() }), storeDir: dir + '/nats', port: await freePort() });
    const postgres = await startPostgres({ dataDir: dir + '/pg', port: await freePort(), fsync: false });
    console.log(JSON.stringify([nats.pid, postgres.pid, dir]));
    process.kill(process.pid, 'SIGKILL');`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: import.meta.dirname,
  }).catch((error: { stdout: string }) => error);
  const [natsPid, postgresPid, directory] = JSON.parse(stdout) as [number, number, string];
  expect(await waitUntilGone(natsPid, 10_000)).toBe(true);
  expect(await waitUntilGone(postgresPid, 10_000)).toBe(true);
  await promisify(execFile)('rm', ['-rf', directory]);
});

test('the sandbox runs as a process of its own on free ports, and is gone after stop', async () => {
  const [one, two] = await Promise.all([startTestSandbox(), startTestSandbox()]);
  expect(one.urls.console).not.toBe(two.urls.console);
  expect((await fetch(`${one.urls.console}/health/live`)).status).toBe(200);
  await one.stop();
  await two.stop();
  await expect(fetch(`${one.urls.console}/health/live`)).rejects.toThrow('fetch failed');
});

async function messagesIn(url: string, stream: string): Promise<number> {
  const connection = await connect({ servers: url });
  try {
    const info = await (await jetstreamManager(connection)).streams.info(stream);
    return info.state.messages;
  } finally {
    await connection.close();
  }
}
