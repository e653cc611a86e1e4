import { ConfirmCheckout } from '@latchkey/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { freePort } from '@latchkey/local';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { SignupWorld } from './support/signup-world.js';
import { json, startUpstream, type Upstream } from './support/upstream.js';

let at: SignupWorld;
let upstream: Upstream;
let metricsPort: number;

beforeAll(async () => {
  upstream = await startUpstream();
  at = await SignupWorld.start({
    BILLING_URL: upstream.url,
    WORKSPACE_URL: upstream.url,
    WEB_DIR: builtWeb(),
    TERMS_VERSION: '</script>1',
    METRICS_PORT: String((metricsPort = await freePort())),
  });
});
afterAll(async () => {
  await at.world.stop();
  await upstream.stop();
});
beforeEach(() => {
  upstream.seen.length = 0;
});

/** The whole answer to a path that no client library would send as it is. */
function getAsWritten(path: string): Promise<string> {
  const { hostname, port } = new URL(at.service.url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) });
    const text: Buffer[] = [];
    socket.on('data', (chunk) => text.push(chunk));
    socket.once('error', reject);
    socket.once('end', () => resolve(Buffer.concat(text).toString()));
    socket.end(`GET ${path} HTTP/1.1\r\nhost: ${hostname}\r\nconnection: close\r\n\r\n`);
  });
}

const script = 'document.title = "built";';

/** What a build of the web leaves behind, in small: these tests need no build of the true one. */
function builtWeb(file = 'app-0123.js'): string {
  const dir = mkdtempSync(join(tmpdir(), 'latchkey-web-'));
  mkdirSync(join(dir, 'assets'));
  const element = (attributes: string, text = '') => `<script ${attributes} nonce="__NONCE__">${text}</script>`;
  writeFileSync(
    join(dir, 'index.html'),
    `${element('type="application/json" id="offer"', '__OFFER__')}<div id="root"></div>${element(`src="/assets/${file}"`)}`,
  );
  writeFileSync(join(dir, 'assets', file), script);
  writeFileSync(join(dir, 'assets', `${file}.gz`), gzipSync(script));
  return dir;
}

describe('the one origin', () => {
  test('keeps its metrics to itself: they are on a port of their own, and by no way on this one', async () => {
    for (const path of [
      '/metrics',
      '/METRICS',
      '/metrics/',
      '//metrics',
      '/v1/../metrics',
      '/api/analytics/../../metrics',
    ])
      expect({ path, text: await getAsWritten(path) }).not.toMatchObject({ text: expect.stringContaining('# HELP') });
    expect(await getAsWritten('/metrics')).toMatch(/^HTTP\/1.1 404/);
    const ours = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
    expect(await ours.text()).toContain('# HELP http_request_duration_seconds');
  });

  test('passes a webhook on byte by byte, signature and all', async () => {
    const bytes = '{ "id":"evt_1",\n  "odd":  "spacing \\u00e9" }';
    await at.post('/stripe-webhook', bytes, { 'stripe-signature': 't=1,v1=abc' });
    expect(upstream.seen).toHaveLength(1);
    expect(upstream.seen[0]).toMatchObject({ method: 'POST', url: '/stripe-webhook' });
    expect(upstream.seen[0]?.body.toString()).toBe(bytes);
    expect(upstream.seen[0]?.headers['stripe-signature']).toBe('t=1,v1=abc');
  });

  test('streams what is larger than any of our own limits', async () => {
    const bytes = randomBytes(5_000_000);
    const response = await fetch(`${at.service.url}/v1/documents`, { method: 'POST', body: bytes });
    expect(response.status).toBe(200);
    const hash = (data: Buffer) => createHash('sha256').update(data).digest('hex');
    expect(hash(upstream.seen[0]?.body ?? Buffer.alloc(0))).toBe(hash(bytes));
  });

  test('tells who called in its own words, and gives both sides the same request id', async () => {
    const { headers } = await at.get('/v1/usage?x=1', {
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-host': 'evil.example',
    });
    const passed = upstream.seen[0];
    expect(passed?.url).toBe('/v1/usage?x=1');
    expect(passed?.headers['x-forwarded-for']).toBe('127.0.0.1');
    expect(passed?.headers['x-forwarded-host']).toBe(new URL(at.service.url).host);
    expect(passed?.headers['x-request-id']).toBe(headers.get('x-request-id'));
  });

  test('does so too when the caller asks for leave before it sends, as curl does', async () => {
    const headers = {
      expect: '100-continue',
      'x-forwarded-for': '203.0.113.9',
      'x-request-id': 'chosen-by-the-caller',
    };
    const id = await new Promise<unknown>((resolve, reject) => {
      const asking = request(`${at.service.url}/v1/query`, { method: 'POST', headers }, (response) =>
        response.resume().once('end', () => resolve(response.headers['x-request-id'])),
      );
      asking.once('continue', () => asking.end('{}')).once('error', reject);
      asking.flushHeaders();
    });
    const passed = upstream.seen[0];
    expect(passed?.body.toString()).toBe('{}');
    expect(passed?.headers['x-forwarded-for']).toBe('127.0.0.1');
    expect(passed?.headers['traceparent']).toMatch(/^00-/);
    expect(passed?.headers['x-request-id']).toBe(id);
  });

  test('hands an upstream’s refusal through as it is', async () => {
    upstream.answer((_seen, response) => json(response, 429, { code: 'quota_queries_exceeded' }));
    const { status, body } = await at.post('/v1/query', { query: 'hello' });
    upstream.answer((_seen, response) => json(response, 200, {}));
    expect({ status, code: body.code }).toEqual({ status: 429, code: 'quota_queries_exceeded' });
  });

  test('hands a refusal through that comes while the upload is still being sent', async () => {
    upstream.refuseEarly(413, { code: 'document_too_large' });
    const response = await fetch(`${at.service.url}/v1/documents`, { method: 'POST', body: randomBytes(12_000_000) });
    expect(response.status).toBe(413);
    expect((await at.get('/v1/usage')).status).toBe(200);
  });

  test('answers with a problem when a part is down, and everything else goes on', async () => {
    const { status, body } = await at.get('/api/analytics/activation-funnel?days=30');
    expect({ status, code: body.code }).toEqual({ status: 502, code: 'upstream_unavailable' });
    expect((await at.get('/health/live')).status).toBe(200);
  });

  test('has a problem for what is nowhere', async () => {
    expect((await at.get('/nothing/here')).body.code).toBe('not_found');
    expect((await at.get('/v2/query')).body.code).toBe('not_found');
  });
});

describe('the pages', () => {
  test.each([
    '/',
    '/signup?cancelled=true',
    '/login',
    '/onboarding/success?session_id=cs_test_1',
    '/progress/tenant_0123456789',
    '/app/keys',
    '/docs',
    '/docs/quickstart',
    '/docs/api',
    '/docs/examples',
    '/legal/terms',
    '/legal/privacy',
    '/legal/data-processing-agreement',
  ])('what mails, Stripe and people link to is the application: %s', async (path) => {
    const answer = await fetch(at.service.url + path);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await answer.text()).toContain('<div id="root">');
  });

  test.each(['/docs/nothing', '/legal/constructor', '/docs/__proto__', '/index.html', '/assets/none.js', '/verify'])(
    'what is not a page is a problem: %s',
    async (path) => {
      const answer = await fetch(at.service.url + path);
      expect([answer.status, await answer.json()]).toMatchObject([404, { code: 'not_found' }]);
    },
  );

  test('a person who mistypes an address is told so by a page, and by its status', async () => {
    const asked = async (path: string) => {
      const answer = await fetch(at.service.url + path, { headers: { accept: 'text/html,*/*;q=0.8' } });
      return [answer.status, answer.headers.get('content-type')?.split(';')[0]];
    };
    expect(await asked('/singup')).toEqual([404, 'text/html']);
    expect(await asked('/docs/nothing')).toEqual([404, 'text/html']);
    for (const path of ['/api/nothing', '/v2/nothing', '/assets/none.js', '/index.html'])
      expect([path, ...(await asked(path))]).toEqual([path, 404, 'application/problem+json']);
    expect(await asked('/.well-known/jwks.json')).toEqual([200, 'application/json']);
  });

  test('no page lets a script run that is not a file of ours, and nobody may frame it', async () => {
    const first = await fetch(`${at.service.url}/signup`);
    const policy = first.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(first.headers.get('x-content-type-options')).toBe('nosniff');
    expect(first.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1];
    expect(await first.text()).toContain(`nonce="${nonce}"`);
    const second = await fetch(`${at.service.url}/signup`);
    expect(second.headers.get('content-security-policy')).not.toContain(String(nonce));
  });

  test('the offer stands in the page, and no text of it can end its element', async () => {
    const text = await (await fetch(at.service.url)).text();
    const data = /<script type="application\/json" id="offer"[^>]*>(.*?)<\/script>/s.exec(text)?.[1] ?? '';
    expect(JSON.parse(data)).toMatchObject({ trial_days: 14, terms_version: '</script>1' });
    expect(data).not.toContain('<');
  });

  test('files with a hash in their name are kept for ever, and sent compressed', async () => {
    const answer = await fetch(`${at.service.url}/assets/app-0123.js`, { headers: { 'accept-encoding': 'gzip' } });
    expect(answer.headers.get('cache-control')).toBe('public,max-age=31536000,immutable');
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect(await answer.text()).toBe(script);
  });

  test('two releases side by side serve the files of either, whichever replica is asked', async () => {
    const newer = await at.replica({ WEB_DIR: builtWeb('app-4567.js') });
    for (const url of [at.service.url, newer.url])
      for (const file of ['app-0123.js', 'app-4567.js']) {
        const answer = await fetch(`${url}/assets/${file}`);
        expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
          200,
          expect.stringContaining('text/javascript'),
          script,
        ]);
      }
    expect((await fetch(`${newer.url}/assets/app-8901.js`)).status).toBe(404);
    await at.world.stopService(newer);
  });
});

describe('back from Stripe', () => {
  const confirm = (session_id: unknown) => at.post('/api/onboarding/confirm-checkout', { session_id });

  test('before the webhook, whoever paid is told so and not asked to pay again', async () => {
    const tenantId = await at.signUp();
    const stop = await at.play(ConfirmCheckout, () => ({ state: 'completed' as const, tenant_id: tenantId }));
    const { body } = await confirm('cs_test_1');
    stop();
    expect(body).toMatchObject({ state: 'completed', tenant: { tenant_id: tenantId } });
  });

  test('with billing silent, the answer says that it is not known', async () => {
    expect(await confirm('cs_test_1')).toMatchObject({ status: 200, body: { state: 'unanswered', tenant: null } });
  });

  test('a session id that is none is not asked about', async () => {
    const asked: string[] = [];
    const stop = await at.play(ConfirmCheckout, ({ session_id }) => {
      asked.push(session_id);
      return { state: 'unknown' as const, tenant_id: null };
    });
    for (const odd of ['<script>alert(1)</script>', ['a'], '', undefined])
      expect((await confirm(odd)).status).toBe(400);
    expect((await confirm('cs_test_1')).body).toEqual({ state: 'unknown', tenant: null });
    stop();
    expect(asked).toEqual(['cs_test_1']);
  });
});
