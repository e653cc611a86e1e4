import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { BillingInvoices, BillingSubscription, plans } from '@latchkey/contracts';
import { startSessionIssuer, type SessionIssuer } from '@latchkey/testing';
import { BillingWorld } from './billing-world.js';

let here: BillingWorld;
let issuer: SessionIssuer;
beforeAll(async () => {
  here = await BillingWorld.start(async (world) => {
    issuer = await startSessionIssuer(`http://127.0.0.1:${world.ports.signup}`);
    return { JWKS_URL: issuer.jwksUrl };
  });
});
afterEach(() => here.sim('DELETE', 'faults'));
afterAll(async () => {
  await here.stop();
  issuer.stop();
});

interface Answer {
  status: number;
  body: Record<string, unknown> & { code?: string };
}

async function call(method: string, path: string, token?: string): Promise<Answer> {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const response = await fetch(`${here.service.url}/api/billing/${path}`, { method, headers });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

const tokenOf = (tenantId: string, claims = {}) =>
  issuer.sign({ tenant_id: tenantId, ...claims }, here.world.clock.nowMs() + 600_000);

const stripeIsAway = () =>
  here.sim('POST', 'faults', { match: { vendor: 'stripe' }, action: { type: 'status', status: 503 } });

test('a customer sees plan, trial, card and the first invoice that will be charged', async () => {
  const tenant = here.newTenant();
  await here.subscribe(tenant);
  const { status, body } = await call('GET', 'subscription', await tokenOf(tenant));
  expect(status).toBe(200);
  expect(BillingSubscription.parse(body)).toMatchObject({
    plan: 'starter',
    status: 'trialing',
    price_cents_per_month: 4_900,
    cancel_at_period_end: false,
    ended_at: null,
    stripe: 'answered',
    card: { brand: 'visa', last4: '4242', exp_month: 12, exp_year: 2040 },
    next_invoice: { amount_cents: 4_900, currency: 'usd' },
  });
  expect(Date.parse(String(body['trial_ends_at']))).toBeGreaterThan(here.world.clock.nowMs());
});

test('invoices come with the links to Stripe’s own pages, and the links open', async () => {
  const tenant = here.newTenant();
  await here.subscribe(tenant);
  const { body } = await call('GET', 'invoices', await tokenOf(tenant));
  const { invoices, stripe } = BillingInvoices.parse(body);
  expect(stripe).toBe('answered');
  expect(invoices).toMatchObject([{ amount_cents: 0, status: 'paid', currency: 'usd' }]);
  const page = await fetch(String(invoices[0]?.hosted_url));
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining(String(invoices[0]?.number))]);
});

test('the portal opens on Stripe’s side, and leads back to the billing page', async () => {
  const tenant = here.newTenant();
  await here.subscribe(tenant);
  const { status, body } = await call('POST', 'portal', await tokenOf(tenant));
  expect(status).toBe(200);
  const page = await (await fetch(String(body['url']))).text();
  expect(page).toContain('/app/billing');
});

test('a plan changed in the portal, up and down again, is what is billed, and is told to the others once each', async () => {
  const tenant = here.newTenant();
  await here.subscribe(tenant);
  const token = await tokenOf(tenant);
  const { body } = await call('POST', 'portal', token);
  const changed = async () => (await here.facts(tenant)).filter(({ name }) => name === 'subscription-changed');
  const switchTo = async (plan: 'starter' | 'pro', times: number) => {
    const form = new URLSearchParams({ action: 'plan', price: `price_${plan}_monthly` });
    expect((await fetch(String(body['url']), { method: 'POST', body: form })).status).toBe(200);
    await here.until(async () => (await changed()).length === times, `the change to ${plan}`);
    await here.settled();
  };
  await switchTo('pro', 1);
  expect(BillingSubscription.parse((await call('GET', 'subscription', token)).body)).toMatchObject({
    plan: 'pro',
    status: 'trialing',
    price_cents_per_month: plans.pro.priceCentsPerMonth,
    // A trial stays free: nothing of the change is charged before it ends.
    next_invoice: { amount_cents: plans.pro.priceCentsPerMonth },
  });
  await switchTo('starter', 2);
  expect((await changed()).map(({ data }) => data['plan'])).toEqual(['pro', 'starter']);
});

test('who cancels in the portal during the trial is shown the end, no charge, and is not reminded of one', async () => {
  const tenant = here.newTenant();
  await here.subscribe(tenant);
  const token = await tokenOf(tenant);
  const { body } = await call('POST', 'portal', token);
  const shown = async () => BillingSubscription.parse((await call('GET', 'subscription', token)).body);
  await fetch(String(body['url']), { method: 'POST', body: new URLSearchParams({ action: 'cancel' }) });
  await here.until(async () => (await shown()).cancel_at_period_end, 'the end is shown');
  expect(await shown()).toMatchObject({ status: 'trialing', next_invoice: null });
  await here.advance(11.5 * 86_400_000);
  await here.settled();
  expect((await here.facts(tenant)).map(({ name }) => name)).not.toContain('trial-ending');
});

test('with Stripe away the page still tells what we know ourselves, and says that the rest is missing', async () => {
  const tenant = here.newTenant();
  await here.subscribe(tenant);
  const token = await tokenOf(tenant);
  await stripeIsAway();
  const subscription = await call('GET', 'subscription', token);
  expect(subscription).toMatchObject({
    status: 200,
    body: { plan: 'starter', status: 'trialing', stripe: 'unavailable', card: null, next_invoice: null },
  });
  expect(await call('GET', 'invoices', token)).toMatchObject({ status: 200, body: { stripe: 'unavailable' } });
  expect(await call('POST', 'portal', token)).toMatchObject({
    status: 503,
    body: { code: 'billing_portal_unavailable', retry_after: 10 },
  });
});

test('a Stripe that hangs does not hold the page up for longer than a person waits', async () => {
  const tenant = here.newTenant();
  await here.subscribe(tenant);
  const token = await tokenOf(tenant);
  await here.sim('POST', 'faults', {
    match: { vendor: 'stripe', path: '/v1/invoices/create_preview' },
    action: { type: 'hang' },
  });
  const startedAt = performance.now();
  const { body } = await call('GET', 'subscription', token);
  expect(body['stripe']).toBe('unavailable');
  // The hang lasts thirty seconds and Stripe's own patience twenty.
  expect(performance.now() - startedAt).toBeLessThan(15_000);
});

test('only the owner’s session opens it: no token, another role and another tenant’s see nothing of it', async () => {
  const tenant = here.newTenant();
  await here.subscribe(tenant);
  const stranger = await tokenOf(here.newTenant());
  for (const [method, path] of [
    ['GET', 'subscription'],
    ['GET', 'invoices'],
    ['POST', 'portal'],
  ] as const) {
    expect((await call(method, path)).body.code).toBe('unauthorized');
    expect((await call(method, path, await tokenOf(tenant, { role: 'member' }))).body.code).toBe('forbidden');
    expect((await call(method, path, await tokenOf(tenant, { iss: 'https://evil.example' }))).body.code).toBe(
      'unauthorized',
    );
    const others = await call(method, path, stranger);
    if (path === 'invoices') expect(others.body).toEqual({ stripe: 'answered', invoices: [] });
    else expect(others).toMatchObject({ status: 404, body: { code: 'no_subscription' } });
  }
});

test('one tenant’s impatience does not use up what all share of Stripe', async () => {
  const token = await tokenOf(here.newTenant());
  const answers = await Promise.all(Array.from({ length: 61 }, () => call('GET', 'invoices', token)));
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(1);
  expect((await call('GET', 'invoices', await tokenOf(here.newTenant()))).status).toBe(200);
});
