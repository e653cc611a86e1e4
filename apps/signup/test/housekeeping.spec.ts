import { CheckoutCompleted, ContactCards } from '@latchkey/contracts';
import { ConfigError, loadConfig } from '@latchkey/shared/config';
import { Questions } from '@latchkey/shared/messaging';
import { Door } from '@latchkey/shared/persistence';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Config } from '../src/config.js';
import { ForgetAbandoned } from '../src/privacy/forget-abandoned.js';
import { CloseAbandoned } from '../src/tenants/close-abandoned.js';
import { signupEnv, SignupWorld } from './support/signup-world.js';

let at: SignupWorld;

beforeAll(async () => {
  at = await SignupWorld.start();
});
afterAll(() => at.world.stop());

describe('who a tenant is', () => {
  test('is answered for those who exist, and for nobody who was erased', async () => {
    const [known, erased] = [await at.signUp({ company_name: 'Known Ltd' }), await at.signUp()];
    await at.service.sql(`update tenant set status = 'erased' where id = $1`, [erased]);
    const { cards } = await at.service
      .get(Questions)
      .ask(ContactCards, { tenant_ids: [known, erased, 'tenant_nobody'] });
    expect(cards).toHaveLength(1);
    expect(cards[0]).toMatchObject({
      tenant_id: known,
      company_name: 'Known Ltd',
      email_verified: false,
      plan: 'starter',
      status: 'pending_payment',
    });
  });
});

describe('a signup nobody paid', () => {
  const sweep = () => at.service.get(Door).commit('test', () => at.service.get(CloseAbandoned).run());

  test('is closed after two days even without Stripe’s word, and its checkout with it; a paid one stays', async () => {
    const [left, paid] = [await at.signUp(), await at.signUp()];
    await at.world.publish(CheckoutCompleted, paid, CheckoutCompleted.example);
    await at.world.drain();
    await sweep();
    const statuses = () =>
      at.service.sql<{ status: string }>('select status from tenant where id = any($1) order by paid_at', [
        [left, paid],
      ]);
    expect(await statuses()).toEqual([{ status: 'pending_payment' }, { status: 'pending_payment' }]);
    await at.world.advance(49 * 3_600_000);
    await sweep();
    expect(await statuses()).toEqual([{ status: 'pending_payment' }, { status: 'expired' }]);
    await at.world.drain();
    expect(await at.world.eventTypes(left)).toContain('signup.tenant-expired.v1');
  });
});

describe('a signup that was abandoned', () => {
  const day = 86_400_000;
  const sweep = () =>
    at.service.get(Door).commit('test', async () => {
      await at.service.get(CloseAbandoned).run();
      return at.service.get(ForgetAbandoned).run();
    });
  const traces = (tenantId: string) =>
    at.service.sql<{ row: string }>(
      `select t::text as row from tenant t where id = $1 union all select a::text from account a where tenant_id = $1
       union all select t::text from terms_acceptance t where tenant_id = $1
       union all select s::text from signup_audit s where tenant_id = $1`,
      [tenantId],
    );

  test('can be taken up again for ninety days, and is then forgotten by everybody', async () => {
    const stranger = at.stranger({ company_name: 'Left Alone Ltd' });
    const left = String((await at.post('/api/onboarding/signup', stranger)).body['tenant_id']);
    await at.world.advance(60 * day);
    const later = await at.signUp();
    await sweep();
    await at.world.advance(29 * day);
    await sweep();
    expect(JSON.stringify(await traces(left))).toContain('Left Alone');
    await at.world.advance(2 * day);
    await sweep();
    await at.world.drain();
    expect(await at.world.eventTypes(left)).toContain('signup.erasure-requested.v1');
    expect(JSON.stringify(await traces(left))).not.toMatch(new RegExp(`Left Alone|${String(stranger['email'])}`));
    expect(await at.world.eventTypes(later)).not.toContain('signup.erasure-requested.v1');
    expect((await at.post('/api/onboarding/signup', stranger)).status).toBe(201);
  });
});

describe('with the bus away', () => {
  test('a stranger is accepted, and the others hear of it when the bus is back', async () => {
    await at.world.nats.shutdown();
    const answer = await at.post('/api/onboarding/signup', at.stranger());
    expect({ status: answer.status, link: answer.body['checkout_url'] }).toEqual({ status: 201, link: null });
    const tenantId = String(answer.body['tenant_id']);
    expect((await at.get(`/api/onboarding/tenants/${tenantId}`)).body).toMatchObject({ status: 'pending_payment' });
    await at.world.nats.restart();
    await at.world.drain();
    expect(await at.world.eventTypes(tenantId)).toEqual(['signup.tenant-signed-up.v1']);
  });
});

describe('the configuration', () => {
  const env = {
    ...signupEnv,
    PORT: '0',
    DATABASE_URL: 'postgres://x',
    NATS_URL: 'nats://x',
    PUBLIC_URL: 'http://x',
    OPERATOR_TOKEN: 'x'.repeat(16),
  };
  const load = (change: Record<string, string>) => () => loadConfig(Config, { ...env, ...change });

  test('goes without a CAPTCHA in development, and not in production', () => {
    expect(load({})).not.toThrow();
    expect(load({ NODE_ENV: 'production' })).toThrow(ConfigError);
    expect(load({ NODE_ENV: 'production' })).toThrow(/CAPTCHA_SECRET/);
    expect(load({ CAPTCHA_SECRET: 'half of it' })).toThrow(/CAPTCHA_VERIFY_URL/);
  });

  test('names what is wrong with a key or a secret', () => {
    expect(load({ JWT_PRIVATE_JWK: 'not json' })).toThrow(/JWT_PRIVATE_JWK is not valid: it is not JSON/);
    expect(load({ JWT_PRIVATE_JWK: '{"kty":"RSA"}' })).toThrow(/JWT_PRIVATE_JWK/);
    expect(load({ VERIFICATION_SECRET: 'short' })).toThrow(/at least 32 characters/);
    const privateOnes = JSON.stringify({ keys: [JSON.parse(signupEnv['JWT_PRIVATE_JWK'] ?? '') as unknown] });
    expect(load({ JWT_OTHER_PUBLIC_JWKS: privateOnes })).toThrow(/JWT_OTHER_PUBLIC_JWKS.*private key/);
  });
});
