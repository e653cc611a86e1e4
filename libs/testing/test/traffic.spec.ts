import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { ensureDatabase, freePort, startPostgres } from '@latchkey/local';
import type { RunningService } from '@latchkey/shared/service';
import { startWorld, type World } from '../src/index.js';
import { processScratchDir } from '../src/scratch.js';
import { probe } from './probe-service.js';
import { journal, source } from './traffic-services.js';

/** What a service owes to those who send it requests while its surroundings fail. */
let world: World;
let listener: RunningService;

jest.setTimeout(60_000);

beforeAll(async () => {
  world = await startWorld();
  [listener] = await Promise.all([world.start(probe), world.start(journal)]);
});
beforeEach(() => listener.sql('delete from effect'));
afterAll(() => world.stop());

interface Answer {
  note: string;
  /** 0 when the connection broke before there was an answer. */
  status: number;
  problem?: { code?: string; retry_after?: number };
}

async function post(url: string, note: string): Promise<Answer> {
  try {
    const response = await fetch(`${url}/notes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tenant_id: `tenant_${note}`, note }),
    });
    const body = (await response.json()) as { code?: string };
    return { note, status: response.status, ...(response.ok ? {} : { problem: body }) };
  } catch {
    return { note, status: 0 };
  }
}

/** Eight people who ask one request after the other until told to stop. */
function traffic(pick: () => string): { answers: Answer[]; end: () => Promise<Answer[]> } {
  const answers: Answer[] = [];
  let ended = false;
  const people = Array.from({ length: 8 }, async (_, person) => {
    for (let n = 0; !ended; n++) answers.push(await post(pick(), `${person}-${n}`));
  });
  return {
    answers,
    end: async () => {
      ended = true;
      await Promise.all(people);
      return answers;
    },
  };
}

async function moreAnswers(answers: Answer[], count: number, fits: (answer: Answer) => boolean): Promise<void> {
  const from = answers.length;
  const deadline = Date.now() + 20_000;
  while (answers.slice(from).filter(fits).length < count) {
    if (Date.now() > deadline)
      throw new Error(`Such answers do not come; the last: ${JSON.stringify(answers.slice(-3))}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const isAccepted = ({ status }: Answer) => status === 201;

async function expectEffects(answers: Answer[]): Promise<void> {
  await world.drain(40_000);
  const effects = await listener.sql<{ note: string }>('select note from effect');
  const notes = effects.map(({ note }) => note).sort();
  expect(new Set(notes).size).toBe(notes.length);
  expect(notes).toEqual(expect.arrayContaining(answers.filter(isAccepted).map(({ note }) => note)));
}

test('NATS that goes away, hangs and comes back under load costs no request, and everybody hears of each one once', async () => {
  const service = await world.start(source);
  const { answers, end } = traffic(() => service.url);
  await moreAnswers(answers, 20, isAccepted);
  await world.nats.kill();
  await moreAnswers(answers, 100, isAccepted);
  await world.nats.restart();
  await moreAnswers(answers, 20, isAccepted);
  world.nats.pause();
  await moreAnswers(answers, 100, isAccepted);
  world.nats.resume();
  await moreAnswers(answers, 20, isAccepted);
  expect((await end()).filter((answer) => !isAccepted(answer))).toEqual([]);
  await expectEffects(answers);
  await world.stopService(service);
});

test('a PostgreSQL that restarts under load costs no acknowledged request; the others are told when to come again', async () => {
  const dataDir = join(await processScratchDir(), 'restarting-postgres');
  const port = await freePort();
  let postgres = await startPostgres({ dataDir, port });
  try {
    await ensureDatabase(postgres.url('postgres'), 'restarting');
    const service = await world.start(source, { DATABASE_URL: postgres.url('restarting') });
    const { answers, end } = traffic(() => service.url);
    await moreAnswers(answers, 30, isAccepted);
    // The first one as an operator does it, the second one as a crash does it.
    await postgres.stop();
    await moreAnswers(answers, 20, ({ status }) => status === 503);
    postgres = await startPostgres({ dataDir, port });
    await moreAnswers(answers, 30, isAccepted);
    postgres.child.kill('SIGKILL');
    await moreAnswers(answers, 20, ({ status }) => status === 503);
    postgres = await startPostgres({ dataDir, port });
    await moreAnswers(answers, 30, isAccepted);
    for (const answer of (await end()).filter((each) => !isAccepted(each)))
      expect(answer).toMatchObject({
        status: 503,
        problem: { code: 'unavailable', retry_after: expect.any(Number) as unknown },
      });
    const kept = await service.sql<{ note: string }>('select note from note');
    expect(kept.map(({ note }) => note)).toEqual(
      expect.arrayContaining(answers.filter(isAccepted).map(({ note }) => note)),
    );
    await expectEffects(answers);
    await world.stopService(service);
  } finally {
    await postgres.stop();
  }
});

test('replicas that are replaced one by one under load fail no request and leave no message unhandled', async () => {
  const patient = { STOP_DELAY_MS: '400' };
  const replicas = new Set([await world.start(source, patient)]);
  // As a load balancer does it: asks each one again and again whether it is ready, and sends requests to those that are.
  const ready = new Set([...replicas].map(({ url }) => url));
  const looking = setInterval(() => {
    for (const { url } of replicas)
      void fetch(`${url}/health/ready`).then(
        ({ status }) => void (status === 200 ? ready.add(url) : ready.delete(url)),
        () => void ready.delete(url),
      );
  }, 20);
  let turn = 0;
  const { answers, end } = traffic(() => [...ready][turn++ % ready.size]!);
  const replace = async (old: RunningService) => {
    const fresh = await world.start(source, patient);
    replicas.add(fresh);
    while (!ready.has(fresh.url)) await new Promise((resolve) => setTimeout(resolve, 10));
    await world.stopService(old);
    replicas.delete(old);
  };
  for (const old of [...replicas]) await replace(old);
  await moreAnswers(answers, 50, isAccepted);
  for (const old of [...replicas]) await replace(old);
  const successor = await world.start(probe);
  await world.stopService(listener);
  listener = successor;
  await moreAnswers(answers, 50, isAccepted);
  expect((await end()).filter((answer) => !isAccepted(answer))).toEqual([]);
  clearInterval(looking);
  await expectEffects(answers);
});
