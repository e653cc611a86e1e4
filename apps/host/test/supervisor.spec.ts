import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { freePort, isAlive, LocalProblem } from '@latchkey/local';
import type { Part } from '../src/part.js';
import { program } from '../src/program.js';
import { type Happening, Supervisor } from '../src/supervisor.js';

const directory = mkdtempSync(join(tmpdir(), 'latchkey-host-'));
const diary = join(directory, 'diary');
const story: string[] = [];
const happenings: Happening[] = [];
let supervisor: Supervisor | undefined;

afterEach(async () => {
  await supervisor?.drain();
  story.length = 0;
  happenings.length = 0;
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A tiny real program: says its pid over HTTP, and writes down when it was asked to stop. */
const honest = `
  import { createServer } from 'node:http';
  import { appendFileSync } from 'node:fs';
  const { NAME: name, PORT: port, DIARY: diary } = process.env;
  createServer((_, response) => response.end(String(process.pid))).listen(Number(port), '127.0.0.1');
  process.on('SIGTERM', () => { appendFileSync(diary, name + '\\n'); process.exit(0); });`;

async function part(name: string, script = honest, more: Partial<Parameters<typeof program>[0]> = {}): Promise<Part> {
  const port = await freePort();
  const main = join(directory, `${name}.mjs`);
  writeFileSync(main, script);
  return program({
    name,
    main,
    ports: { [name]: port },
    readyUrl: `http://127.0.0.1:${port}/`,
    logFile: join(directory, `${name}.log`),
    echo: (text) => story.push(`${name} says ${text}`),
    env: { PATH: process.env['PATH'], NAME: name, PORT: String(port), DIARY: diary },
    ...more,
  });
}

function supervise(parts: Part[]): Supervisor {
  supervisor = new Supervisor(parts, (happening) => void happenings.push(happening), {
    firstPauseMs: 20,
    crashLoopAfter: 3,
    healthEveryMs: 20,
    unhealthyAfter: 3,
  });
  return supervisor;
}

const happened = () => happenings.map(({ part: { name }, what }) => `${name} ${what}`);

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Waited in vain: ${what}. So far: ${happened().join(', ')}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function pidOf({ ports }: Part): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${Object.values(ports)[0]}/`).catch(() => undefined);
  return response ? Number(await response.text()) : 0;
}

test('a killed part comes back as a new process', async () => {
  const one = await part('one');
  await supervise([one]).start();
  const before = await pidOf(one);
  process.kill(before, 'SIGKILL');
  await until(() => happened().includes('one back'), 'the part is back');
  const after = await pidOf(one);
  expect(after).not.toBe(before);
  expect(isAlive(after)).toBe(true);
  expect(happenings.find(({ what }) => what === 'ended')?.detail).toBe('was ended by SIGKILL');
});

test('a part that runs without doing its work is started again, one bad answer alone changes nothing', async () => {
  const stuck = await part(
    'stuck',
    honest.replace(
      '(_, response) => response.end(String(process.pid))',
      `(request, response) => {
        if (request.url === '/break') globalThis.bad = Number.MAX_VALUE;
        if (request.url === '/hiccup') globalThis.bad = 1;
        if (request.url === '/health' && globalThis.bad-- > 0) response.statusCode = 503;
        response.end(String(process.pid));
      }`,
    ),
  );
  const ask = (path: string) => fetch(`http://127.0.0.1:${stuck.ports['stuck']}${path}`);
  let asked = 0;
  const watched: Part = {
    ...stuck,
    start: async (giveUp) => ({
      ...(await stuck.start(giveUp)),
      isHealthy: async () => {
        asked++;
        return (await ask('/health')).ok;
      },
    }),
  };
  await supervise([watched]).start();
  const before = await pidOf(stuck);
  await ask('/hiccup');
  const seen = asked;
  await until(() => asked > seen + 5, 'it was asked again');
  expect(await pidOf(stuck)).toBe(before);
  await ask('/break');
  await until(() => happened().includes('stuck back'), 'the part is back');
  expect(await pidOf(stuck)).not.toBe(before);
  expect(happened()).toEqual(expect.arrayContaining(['stuck unhealthy', 'stuck ended']));
});

test('parts start after what they wait for and stop in the reverse order', async () => {
  rmSync(diary, { force: true });
  const database = await part('database');
  const sandbox = await part('sandbox');
  const service = await part('service', honest, { waitsFor: ['database'], uses: ['sandbox'] });
  const gateway = await part('gateway', honest, { waitsFor: ['database'], uses: ['sandbox', 'service'] });
  await supervise([gateway, service, sandbox, database]).start();
  const order = happened();
  expect(order.indexOf('database ready')).toBeLessThan(order.indexOf('service starting'));
  expect(order.indexOf('database ready')).toBeLessThan(order.indexOf('gateway starting'));

  await supervisor?.drain();
  const stops = readFileSync(diary, 'utf8').trim().split('\n');
  expect(stops.slice(0, 2)).toEqual(['gateway', 'service']);
  expect(stops.slice(2).sort()).toEqual(['database', 'sandbox']);
});

test('a part that cannot start fails the start with its own last words', async () => {
  const broken = await part('broken', `console.error('STRIPE_WEBHOOK_SECRET is missing'); process.exit(3);`);
  const start = supervise([broken]).start();
  await expect(start).rejects.toThrow(LocalProblem);
  await expect(start).rejects.toThrow(/broken ended with exit code 3 .*STRIPE_WEBHOOK_SECRET is missing/);
});

test('a crash loop is said plainly, with the last log lines, and the part is tried again all the same', async () => {
  const main = `import { createServer } from 'node:http';
    createServer((_, response) => { response.end('x'); console.log(JSON.stringify({ level: 60, msg: 'out of luck' })); setTimeout(() => process.exit(1), 30); })
      .listen(Number(process.env.PORT), '127.0.0.1');`;
  await supervise([await part('unlucky', main)]).start();
  await until(() => happened().includes('unlucky crash-loop'), 'the crash loop is announced');
  const loop = happenings.find(({ what }) => what === 'crash-loop');
  expect(loop?.lastWords).toContain('fatal: out of luck');
  const tries = happened().filter((line) => line === 'unlucky back').length;
  await until(() => happened().filter((line) => line === 'unlucky back').length > tries, 'another try');
});

test('a part that does not finish in time is killed, and the drain goes on', async () => {
  const deaf = await part(
    'deaf',
    honest.replace("process.on('SIGTERM', () =>", "process.on('SIGTERM', () => {}); (() =>"),
    {
      drainTimeoutMs: 200,
    },
  );
  await supervise([deaf]).start();
  const pid = await pidOf(deaf);
  await supervisor?.drain();
  expect(isAlive(pid)).toBe(false);
  expect(happened()).toContain('deaf killed');
});

test('warnings and crashes are echoed, ordinary log lines only go to the log file', async () => {
  const talker = await part(
    'talker',
    `${honest}
     const say = () => { console.log(JSON.stringify({ level: 30, msg: 'routine' })); console.log(JSON.stringify({ level: 40, msg: 'slow vendor' })); };
     setTimeout(say, 300);`,
  );
  await supervise([talker]).start();
  await until(() => story.length > 0, 'an echo');
  expect(story).toEqual(['talker says warn: slow vendor']);
});

test('a stop during the start leaves no process behind', async () => {
  const slow = await part('slow', `setInterval(() => undefined, 1000);`);
  const start = supervise([slow]).start();
  start.catch(() => undefined);
  await until(() => happened().includes('slow starting'), 'the start');
  await supervisor?.drain();
  await expect(start).rejects.toThrow('slow was stopped while it was starting');
});
