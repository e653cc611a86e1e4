import { expect, test } from '@jest/globals';
import { Refusal, request } from '../src/http.js';
import { OutOfPatience, Patience } from '../src/patience.js';
import { listen, problem } from './wire.js';

const insist = (url: string, timeoutMs: number, reasons: string[] = [], alsoPassing: string[] = []) => {
  const patience = new Patience(timeoutMs, (reason) => reasons.push(reason));
  patience.during = 'signup';
  return patience.insist((signal) => request(url, { signal }), alsoPassing);
};

test('a refusal that passes is tried again, and each reason is noted', async () => {
  let tries = 0;
  await using wire = await listen((_request, response) => {
    tries += 1;
    if (tries === 1) return problem(response, 503, 'unavailable');
    if (tries === 2) return void response.destroy();
    response.end('here you are');
  });
  const reasons: string[] = [];
  expect((await insist(wire.url, 10_000, reasons)).text).toBe('here you are');
  expect(reasons[0]).toBe('signup: unavailable');
  expect(reasons).toHaveLength(2);
});

test('the same thing is not asked again before retry_after is over', async () => {
  const times: number[] = [];
  await using wire = await listen((_request, response) => {
    times.push(performance.now());
    if (times.length === 1) return problem(response, 429, 'rate_limited', { retry_after: 1 });
    response.end('ok');
  });
  await insist(wire.url, 10_000);
  expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(1_000);
});

test('a retry_after beyond the end of patience is not waited for', async () => {
  await using wire = await listen((_request, response) => problem(response, 429, 'x', { retry_after: 86_400 }));
  const startedMs = performance.now();
  await expect(insist(wire.url, 5_000)).rejects.toThrow(OutOfPatience);
  expect(performance.now() - startedMs).toBeLessThan(2_000);
  expect(wire.asked).toHaveLength(1);
});

test('a refusal that does not pass is final at once, unless the caller says that it may pass', async () => {
  let incomplete = true;
  await using wire = await listen((_request, response) => {
    if (!incomplete) return void response.end('complete');
    incomplete = false;
    problem(response, 400, 'setup_incomplete');
  });
  await expect(insist(wire.url, 5_000)).rejects.toMatchObject({ status: 400, code: 'setup_incomplete' });
  incomplete = true;
  expect((await insist(wire.url, 5_000, [], ['setup_incomplete'])).text).toBe('complete');
});

test('silence ends with patience and says in the middle of what', async () => {
  await using wire = await listen(() => undefined);
  const startedMs = performance.now();
  await expect(insist(wire.url, 400)).rejects.toMatchObject({ during: 'signup' });
  expect(performance.now() - startedMs).toBeLessThan(3_000);
});

test('whoever runs out of patience says what the system said last, not that time was up', async () => {
  let tries = 0;
  await using wire = await listen((_request, response) => {
    tries += 1;
    if (tries === 1) problem(response, 503, 'checkout_unavailable');
  });
  await expect(insist(wire.url, 1_000)).rejects.toThrow('checkout_unavailable');
});

test('an answer that is no problem document still has a code', async () => {
  await using wire = await listen((_request, response) => void response.writeHead(404).end('<h1>No</h1>'));
  const refused: unknown = await insist(wire.url, 5_000).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(Refusal);
  expect(refused).toMatchObject({ code: 'http_404', page: '<h1>No</h1>' });
});
