import {
  CheckoutCompleted,
  CheckoutExpired,
  ProvisioningFailed,
  ProvisioningProgress,
  SubscriptionCancelled,
  SubscriptionChanged,
  TenantProvisioned,
  subjectOf,
} from '@latchkey/contracts';
import { Door, sql } from '@latchkey/shared/persistence';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { SignupWorld, wrongCodeFor } from './support/signup-world.js';

let at: SignupWorld;

beforeAll(async () => {
  at = await SignupWorld.start();
});
afterAll(() => at.world.stop());

const verifyPath = '/api/onboarding/verify-email';
const resendPath = '/api/onboarding/resend-code';

async function pay(tenantId: string, eventId?: string): Promise<string> {
  const data = { ...CheckoutCompleted.example, plan: 'pro' as const, completed_at: at.world.clock.nowIso() };
  const id = await at.world.publish(CheckoutCompleted, tenantId, data, eventId);
  await at.world.drain();
  return id;
}

async function provision(tenantId: string): Promise<void> {
  await at.world.publish(TenantProvisioned, tenantId, { ...TenantProvisioned.example, plan: 'pro' });
  await at.world.drain();
}

const state = async (tenantId: string) => (await at.get(`/api/onboarding/tenants/${tenantId}`)).body;
const clearances = async (tenantId: string) =>
  (await at.world.eventTypes(tenantId)).filter((type) => type === 'signup.tenant-cleared.v1').length;

describe('paid and verified, in any order, provisions exactly once', () => {
  test('verified first', async () => {
    const tenantId = await at.signUp();
    expect((await at.verify(tenantId)).body).toMatchObject({ email_verified: true, status: 'pending_payment' });
    expect(await clearances(tenantId)).toBe(0);
    await pay(tenantId);
    expect(await state(tenantId)).toMatchObject({ status: 'provisioning', paid: true, next: 'wait' });
    expect(await clearances(tenantId)).toBe(1);
  });

  test('paid first', async () => {
    const tenantId = await at.signUp();
    await pay(tenantId);
    expect(await state(tenantId)).toMatchObject({ status: 'pending_payment', paid: true, next: 'verify_email' });
    await at.verify(tenantId);
    await at.world.drain();
    expect(await clearances(tenantId)).toBe(1);
  });

  test('both at the same moment, for many at once', async () => {
    const tenantIds = await Promise.all(Array.from({ length: 8 }, () => at.signUp()));
    const codes = await Promise.all(tenantIds.map((tenantId) => at.code(tenantId)));
    await Promise.all(
      tenantIds.flatMap((tenant_id, i) => [
        at.world.publish(CheckoutCompleted, tenant_id, CheckoutCompleted.example),
        at.post(verifyPath, { tenant_id, code: codes[i] }),
        at.post(verifyPath, { tenant_id, code: codes[i] }),
      ]),
    );
    await at.world.drain();
    const rows = await at.service.sql(
      `select t.status, count(o.id)::int as clearances from tenant t left join kit.outbox o
       on o.tenant_id = t.id and o.type = 'signup.tenant-cleared.v1' where t.id = any($1) group by t.id`,
      [tenantIds],
    );
    expect(rows).toEqual(tenantIds.map(() => ({ status: 'provisioning', clearances: 1 })));
  });

  test('a payment that meets a verification in mid-commit waits for it, and then clears', async () => {
    const tenantId = await at.signUp();
    const verified = `update tenant set email_verified_at = now() where id = $1`;
    await at.service.get(Door).commit('verification in progress', async () => {
      await sql('select 1 from tenant where id = $1 for update', [tenantId]);
      await at.world.publish(CheckoutCompleted, tenantId, CheckoutCompleted.example);
      await new Promise((resolve) => setTimeout(resolve, 400));
      await sql(verified, [tenantId]);
    });
    await at.world.drain();
    expect(await clearances(tenantId)).toBe(1);
    expect((await state(tenantId))['status']).toBe('provisioning');
  });

  test('a redelivered payment, and a second one, change nothing', async () => {
    const tenantId = await at.signUp();
    await at.verify(tenantId);
    const id = await pay(tenantId);
    const [paid] = await at.service.sql('select paid_at from tenant where id = $1', [tenantId]);
    await at.world.advance(1_000);
    await pay(tenantId, id);
    await pay(tenantId);
    expect(await at.service.sql('select paid_at from tenant where id = $1', [tenantId])).toEqual([paid]);
    await provision(tenantId);
    await pay(tenantId);
    expect(await clearances(tenantId)).toBe(1);
    expect((await state(tenantId))['status']).toBe('active');
  });
});

describe('the code', () => {
  test('verifying twice is fine', async () => {
    const tenantId = await at.signUp();
    const code = await at.code(tenantId);
    const answers = [
      await at.post(verifyPath, { tenant_id: tenantId, code }),
      await at.post(verifyPath, { tenant_id: tenantId, code }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(
      (await at.world.eventTypes(tenantId)).filter((type) => type === 'signup.email-verified.v1').length,
    ).toBeLessThanOrEqual(1);
  });

  test('twenty guesses at once are five tries, and the right code then no longer helps', async () => {
    const tenantId = await at.signUp();
    const code = await at.code(tenantId);
    const guess = () => at.post(verifyPath, { tenant_id: tenantId, code: wrongCodeFor(code) });
    const codes = (await Promise.all(Array.from({ length: 20 }, guess))).map(({ body }) => body.code);
    expect(codes.filter((answer) => answer === 'code_wrong')).toHaveLength(5);
    expect(codes.filter((answer) => answer === 'code_tries_used_up')).toHaveLength(15);
    expect((await at.post(verifyPath, { tenant_id: tenantId, code })).body.code).toBe('code_tries_used_up');
    expect(await at.askCode(tenantId)).toEqual({ state: 'obsolete' });
  });

  test.each(['alone', 'beside somebody else'])(
    'a guess that waits for the guess before it counts after it (%s)',
    async (company) => {
      const tenantId = await at.signUp();
      const code = await at.code(tenantId);
      const other = await at.signUp();
      const [answer] = await at.service.get(Door).commit('the fifth try in progress', async () => {
        await sql('select 1 from tenant where id = $1 for update', [tenantId]);
        const waiting = [at.post(verifyPath, { tenant_id: tenantId, code })];
        if (company !== 'alone') waiting.push(at.post(verifyPath, { tenant_id: other, code: '000000' }));
        await new Promise((resolve) => setTimeout(resolve, 300));
        await sql('update verification set tries = 5 where tenant_id = $1', [tenantId]);
        return waiting;
      });
      expect((await answer!).body.code).toBe('code_tries_used_up');
    },
  );

  test('runs out after fifteen minutes, and a new one works', async () => {
    const tenantId = await at.signUp();
    const old = await at.code(tenantId);
    await at.world.advance(15 * 60_000);
    expect((await at.post(verifyPath, { tenant_id: tenantId, code: old })).body.code).toBe('code_expired');
    expect((await at.post(resendPath, { tenant_id: tenantId })).status).toBe(200);
    expect((await at.verify(tenantId)).status).toBe(200);
  });

  test('is mailed again once a minute and five times an hour at most', async () => {
    const tenantId = await at.signUp();
    const soon = await at.post(resendPath, { tenant_id: tenantId });
    expect({ status: soon.status, code: soon.body.code }).toEqual({ status: 429, code: 'resend_too_soon' });
    for (let sent = 2; sent <= 5; sent++) {
      await at.world.advance(61_000);
      expect((await at.post(resendPath, { tenant_id: tenantId })).status).toBe(200);
    }
    await at.world.advance(61_000);
    const sixth = await at.post(resendPath, { tenant_id: tenantId });
    expect(sixth.status).toBe(429);
    expect(Number(sixth.headers.get('retry-after'))).toBeGreaterThan(3_000);
  });

  test('of an unknown tenant is refused', async () => {
    for (const path of [verifyPath, resendPath]) {
      const body =
        path === verifyPath ? { tenant_id: 'tenant_nobody', code: '123456' } : { tenant_id: 'tenant_nobody' };
      expect((await at.post(path, body)).body.code).toBe('unknown_tenant');
    }
    expect((await at.post(verifyPath, { tenant_id: 'tenant_nobody', code: '12345' })).body.code).toBe(
      'invalid_request',
    );
  });
});

describe('what becomes of a tenant', () => {
  async function paidTenant(): Promise<string> {
    const tenantId = await at.signUp();
    await at.verify(tenantId);
    await pay(tenantId);
    return tenantId;
  }

  test('the waiting page shows the true steps while the provisioner works', async () => {
    const tenantId = await paidTenant();
    const step = {
      name: 'sample-documents',
      title: 'Loading sample documents',
      state: 'retrying' as const,
      attempts: 2,
    };
    const times = { started_at: at.world.clock.nowIso(), finished_at: null };
    const run = {
      run_id: 'run_1',
      state: 'retrying' as const,
      ...times,
      next_attempt_at: at.world.clock.nowIso(),
      steps: [{ ...step, ...times }],
    };
    const stop = await at.play(ProvisioningProgress, () => ({ run }));
    const status = await state(tenantId);
    stop();
    expect(status).toMatchObject({
      status: 'provisioning',
      next: 'wait',
      progress: { state: 'retrying', steps: [step] },
    });
    expect(status['message']).toMatch(/tried again/);
  });

  test('a failed setup is told honestly until it is compensated, and then frees the email', async () => {
    const stranger = at.stranger();
    const signedUp = await at.post('/api/onboarding/signup', stranger);
    const tenantId = String(signedUp.body['tenant_id']);
    await at.verify(tenantId);
    await pay(tenantId);
    await at.world.publish(ProvisioningFailed, tenantId, ProvisioningFailed.example);
    await at.world.drain();
    expect(await state(tenantId)).toMatchObject({
      status: 'provisioning_failed',
      compensated: false,
      next: 'contact_support',
    });
    expect((await at.post('/api/onboarding/signup', stranger)).body.code).toBe('email_already_registered');
    await at.world.publish(SubscriptionCancelled, tenantId, { reason: 'provisioning_failed', refunded_cents: 4_900 });
    await at.world.drain();
    const told = await state(tenantId);
    expect(told).toMatchObject({ status: 'provisioning_failed', compensated: true, next: 'start_again' });
    expect(told['message']).toMatch(/49\.00 went back/);
    const again = await at.post('/api/onboarding/signup', stranger);
    expect(again.status).toBe(201);
    expect(again.body['tenant_id']).not.toBe(tenantId);
  });

  test('the compensation may overtake the failure on the bus', async () => {
    const tenantId = await paidTenant();
    await at.world.publish(SubscriptionCancelled, tenantId, { reason: 'provisioning_failed', refunded_cents: 0 });
    await at.world.drain();
    expect(await state(tenantId)).toMatchObject({ status: 'provisioning_failed', compensated: true });
    await at.world.publish(ProvisioningFailed, tenantId, ProvisioningFailed.example);
    await at.world.drain();
    expect(await state(tenantId)).toMatchObject({ status: 'provisioning_failed', compensated: true });
    const [row] = await at.service.sql('select provisioning_error from tenant where id = $1', [tenantId]);
    expect(row).toEqual({ provisioning_error: 'sample-documents: pinecone' });
  });

  test('an expired checkout closes an unpaid signup, and the customer resumes it', async () => {
    const stranger = at.stranger();
    const tenantId = String((await at.post('/api/onboarding/signup', stranger)).body['tenant_id']);
    await at.world.publish(CheckoutExpired, tenantId, CheckoutExpired.example);
    await at.world.drain();
    expect(await state(tenantId)).toMatchObject({ status: 'expired', next: 'start_again' });
    expect(await at.world.eventTypes(tenantId)).toContain('signup.tenant-expired.v1');
    await at.world.advance(61_000);
    const again = await at.post('/api/onboarding/signup', stranger);
    expect(again.body).toMatchObject({ tenant_id: tenantId, status: 'pending_payment' });
    await at.verify(tenantId);
    await pay(tenantId);
    expect((await state(tenantId))['status']).toBe('provisioning');
  });

  test('an expiry from before the customer came back does not close the new attempt', async () => {
    const stranger = at.stranger();
    const tenantId = String((await at.post('/api/onboarding/signup', stranger)).body['tenant_id']);
    const expiredAt = at.world.clock.nowIso();
    await at.world.advance(5_000);
    await at.post('/api/onboarding/signup', stranger);
    await at.world.publishRaw(subjectOf(CheckoutExpired, tenantId), JSON.stringify(CheckoutExpired.example), {
      'ce-id': randomUUID(),
      'ce-type': CheckoutExpired.type,
      'ce-source': 'billing-webhooks',
      'ce-subject': tenantId,
      'ce-time': expiredAt,
    });
    await at.world.drain();
    expect((await state(tenantId))['status']).toBe('pending_payment');
  });

  test('an expiry that billing hears of only after the customer came back does not close the new attempt', async () => {
    const stranger = at.stranger();
    const tenantId = String((await at.post('/api/onboarding/signup', stranger)).body['tenant_id']);
    const expiredAt = at.world.clock.nowIso();
    await at.world.advance(5_000);
    await at.post('/api/onboarding/signup', stranger);
    await at.world.advance(5_000);
    await at.world.publish(CheckoutExpired, tenantId, { ...CheckoutExpired.example, expired_at: expiredAt });
    await at.world.drain();
    expect((await state(tenantId))['status']).toBe('pending_payment');
  });

  test('an expiry never closes what is paid', async () => {
    const tenantId = await paidTenant();
    await at.world.publish(CheckoutExpired, tenantId, CheckoutExpired.example);
    await at.world.drain();
    expect((await state(tenantId))['status']).toBe('provisioning');
  });

  test('an unpaid subscription suspends, a paid one brings back, past_due is grace', async () => {
    const tenantId = await paidTenant();
    await provision(tenantId);
    const follow = async (status: string) => {
      await at.world.publish(SubscriptionChanged, tenantId, { plan: 'pro', status, trial_ends_at: null });
      await at.world.drain();
      return (await state(tenantId))['status'];
    };
    expect(await follow('past_due')).toBe('active');
    expect(await follow('unpaid')).toBe('suspended');
    expect(await at.world.eventTypes(tenantId)).toContain('signup.tenant-suspended.v1');
    expect(await follow('active')).toBe('active');
  });

  test('an event about a tenant we do not have waits among the dead letters with its reason', async () => {
    await at.world.publish(TenantProvisioned, 'tenant_of_nobody', TenantProvisioned.example);
    await at.world.drain();
    const [row] = await at.service.sql<{ reason: string }>(
      `select reason from kit.dead_letter where tenant_id = 'tenant_of_nobody'`,
    );
    expect(row?.reason).toMatch(/no tenant tenant_of_nobody/);
  });
});
