import { ConfirmCheckout } from '@latchkey/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { SignupWorld } from './support/signup-world.js';
import { json, startUpstream, type Upstream } from './support/upstream.js';

let at: SignupWorld;
let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream();
  at = await SignupWorld.start({ BILLING_URL: upstream.url, WORKSPACE_URL: upstream.url });
});
afterAll(async () => {
  await at.world.stop();
  await upstream.stop();
});
beforeEach(() => {
  upstream.seen.length = 0;
});

describe('the one origin', () => {
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
  test('the first one says where everything is, and nothing on it may run', async () => {
    const { status, body, headers } = await at.get('/');
    expect(status).toBe(200);
    expect(body['text']).toContain('/api/onboarding/signup');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(body['text']).not.toMatch(/<script/i);
  });

  test('whoever comes back from Stripe before the webhook is told the truth, not asked to pay again', async () => {
    const tenantId = await at.signUp();
    const stop = await at.play(ConfirmCheckout, () => ({ state: 'completed' as const, tenant_id: tenantId }));
    const { body } = await at.get('/onboarding/success?session_id=cs_test_1');
    stop();
    expect(body['text']).toContain('Thank you');
    expect(body['text']).toContain(`/api/onboarding/tenants/${tenantId}`);
  });

  test('with billing silent, the page says so and looks again', async () => {
    const { status, body } = await at.get('/onboarding/success?session_id=cs_test_1');
    expect(status).toBe(200);
    expect(body['text']).toMatch(/need not pay again/);
    expect(body['text']).toContain('http-equiv="refresh"');
  });

  test('a session id that is markup is neither asked about nor shown', async () => {
    const asked: string[] = [];
    const stop = await at.play(ConfirmCheckout, ({ session_id }) => {
      asked.push(session_id);
      return { state: 'unknown' as const, tenant_id: null };
    });
    for (const query of ['?session_id=<script>alert(1)</script>', '?session_id[]=a', '', '?session_id=cs_test_1']) {
      const { status, body } = await at.get(`/onboarding/success${query}`);
      expect(status).toBe(200);
      expect(body['text']).not.toContain('alert');
    }
    stop();
    expect(asked).toEqual(['cs_test_1']);
  });

  test.each([
    '/docs',
    '/docs/quickstart',
    '/docs/api',
    '/docs/examples',
    '/legal/terms',
    '/legal/privacy',
    '/legal/data-processing-agreement',
  ])('what mails link to is there: %s', async (path) => {
    const answer = await fetch(at.service.url + path);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  });

  test.each(['/docs/nothing', '/legal/constructor', '/docs/__proto__'])(
    'a page that is not there is a problem: %s',
    async (path) => {
      const answer = await fetch(at.service.url + path);
      expect([answer.status, await answer.json()]).toMatchObject([404, { code: 'not_found' }]);
    },
  );

  test('a cancelled checkout says that nothing was charged', async () => {
    expect((await at.get('/signup?cancelled=true')).body['text']).toMatch(/Nothing was charged/);
  });
});
