import type { TenantStatusResponse } from '@latchkey/contracts';
import { expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { Patience } from '../src/patience.js';
import { StatusWatch } from '../src/watch-status.js';
import { listen, problem } from './wire.js';

const status = (now: TenantStatusResponse['status'], compensated = false): string =>
  JSON.stringify({
    tenant_id: 'tenant_a',
    status: now,
    email_verified: true,
    paid: true,
    checkout_url: null,
    message: '',
    next: 'wait',
    compensated,
    progress: null,
    gives_up_at: null,
  } satisfies TenantStatusResponse);

const tell = (response: ServerResponse, text: string) => response.write(`event: status\ndata: ${text}\n\n`);
const watch = (url: string, timeoutMs = 10_000) => {
  const patience = new Patience(timeoutMs, () => undefined);
  return new StatusWatch(`${url}/t`, patience);
};

test('the stream tells of the end, and nothing is polled', async () => {
  await using wire = await listen((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('retry: 2000\n\n');
    tell(response, status('provisioning'));
    setTimeout(() => tell(response, status('active')), 50);
  });
  const watching = watch(wire.url);
  await watching.opened;
  expect((await watching.ending).status.status).toBe('active');
  expect(wire.asked).toEqual(['/t/events']);
});

test('a failure is an end only when it is compensated', async () => {
  await using wire = await listen((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    tell(response, status('provisioning_failed'));
    tell(response, status('provisioning_failed', true));
  });
  expect((await watch(wire.url).ending).status).toMatchObject({ status: 'provisioning_failed', compensated: true });
});

test('when the stream breaks, the status endpoint is asked', async () => {
  let looks = 0;
  await using wire = await listen((request, response) => {
    if (request.url === '/t/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      tell(response, status('provisioning'));
      return void setTimeout(() => response.destroy(), 20);
    }
    looks += 1;
    response.end(status(looks < 2 ? 'provisioning' : 'active'));
  });
  const watching = watch(wire.url);
  expect((await watching.ending).status.status).toBe('active');
  expect(watching.polls).toBe(2);
});

test('a stream that is refused for now opens the way for polling', async () => {
  await using wire = await listen((request, response) => {
    if (request.url === '/t/events') return problem(response, 429, 'rate_limited', { retry_after: 5 });
    response.end(status('active'));
  });
  const watching = watch(wire.url);
  expect((await watching.ending).status.status).toBe('active');
  await watching.opened;
});

test('a tenant that is not known is not waited for', async () => {
  await using wire = await listen((_request, response) => problem(response, 404, 'unknown_tenant'));
  await expect(watch(wire.url).ending).rejects.toMatchObject({ code: 'unknown_tenant' });
});

test('a signup that stays undecided ends with patience', async () => {
  await using wire = await listen((request, response) => {
    if (request.url !== '/t/events') return void response.end(status('provisioning'));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    tell(response, status('provisioning'));
  });
  await expect(watch(wire.url, 500).ending).rejects.toThrow('out of patience');
});
