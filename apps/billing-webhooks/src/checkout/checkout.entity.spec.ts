import { expect, test } from '@jest/globals';
import { Checkout } from './checkout.entity.js';

const start = new Date('2026-11-23T03:00:00Z');
const minute = 60_000;
const at = (minutes: number) => new Date(start.getTime() + minutes * minute);
const session = { id: 'cs_1', url: 'https://pay.example/cs_1', expiresAtMs: at(24 * 60).getTime() };

function wished(): Checkout {
  const wish = Checkout.wish({ id: 'co_1', tenantId: 'tenant_1', generation: 1, plan: 'starter', now: start });
  return Object.assign(new Checkout(), wish);
}

test('only one process at a time may open a page, and a dead one blocks the others no longer than its lease', () => {
  const checkout = wished();
  expect(checkout.claimOpening('starter', start)).toBe('claimed');
  expect(checkout.claimOpening('starter', start)).toBe('busy');
  expect(checkout.claimOpening('starter', new Date(start.getTime() + Checkout.openingLeaseMs))).toBe('claimed');
});

test('repetitions use the same key, until it is too old, spent, or for another plan', () => {
  const checkout = wished();
  const keyAfter = (plan: 'starter' | 'pro', now: Date) => {
    checkout.claimOpening(plan, now);
    checkout.openingFailed('away', now, false);
    return checkout.keyGeneration;
  };
  expect([keyAfter('starter', at(0)), keyAfter('starter', at(19))]).toEqual([1, 1]);
  expect(keyAfter('starter', at(21))).toBe(2);
  expect(keyAfter('pro', at(22))).toBe(3);
  checkout.claimOpening('pro', at(23));
  checkout.openingFailed('idempotent_replay', at(23), true);
  expect(checkout.keyGeneration).toBe(4);
});

test('a page that comes back from Stripe after the tenant was closed is remembered only to be closed', () => {
  const checkout = wished();
  checkout.claimOpening('starter', start);
  expect(checkout.close()).toBe('closed');
  expect(checkout.opened(session, at(1))).toBe('unwanted');
  expect(checkout).toMatchObject({ state: 'closed', sessionId: 'cs_1' });
  expect(checkout.url ?? null).toBeNull();
});

test('an illegal move throws, a repeated one says so', () => {
  const checkout = wished();
  checkout.close();
  expect(checkout.close()).toBe('already');
  expect(checkout.expire(start)).toBe('already');
  expect(() => checkout.claimOpening('starter', start)).toThrow('cannot go from closed to opening');
});

test('an open page is looked at soon, then ever less often, and once right after Stripe’s deadline', () => {
  const checkout = wished();
  checkout.claimOpening('starter', start);
  checkout.opened(session, start);
  const pauses: number[] = [];
  let now = start;
  while (now < at(24 * 60 + 180)) {
    const next = checkout.checkAt as Date;
    pauses.push((next.getTime() - now.getTime()) / minute);
    now = next;
    checkout.scheduleCheck(now);
  }
  expect(pauses.slice(0, 6)).toEqual([2, 4, 8, 16, 32, 60]);
  // 24 h = 1440 min; the looks up to 23:02 h leave 58 minutes and the one of grace.
  expect(pauses).toContain(59);
  expect(Math.min(...pauses.slice(6))).toBeGreaterThan(30);
});
