import { TenantStatus, type TenantStatusResponse } from '@latchkey/contracts';
import { describe, expect, test } from '@jest/globals';
import { isFinal, whatNext, type Situation } from './what-next.js';

const situation = (facts: Partial<Situation>): Situation => ({
  status: 'pending_payment',
  verified: false,
  paid: false,
  checkoutUrl: null,
  compensated: false,
  refundedCents: 0,
  retrying: false,
  ...facts,
});

describe('what a waiting customer is told', () => {
  test('is a whole sentence in every situation there is', () => {
    for (const status of TenantStatus.options)
      for (const flag of [false, true])
        for (const checkoutUrl of [null, 'https://checkout.example/c/1']) {
          const facts = { status, verified: flag, paid: flag, compensated: flag, retrying: flag, checkoutUrl };
          expect(whatNext(situation(facts)).message).toMatch(/^[A-Z].{20,}\.$/);
        }
  });

  test('never asks to pay again once the payment has arrived', () => {
    expect(whatNext(situation({ paid: true, checkoutUrl: 'https://checkout.example/c/1' })).next).toBe('verify_email');
  });

  test('does not promise a link that is not there', () => {
    expect(whatNext(situation({ verified: true })).next).toBe('wait');
    expect(whatNext(situation({ verified: true, checkoutUrl: 'https://checkout.example/c/1' })).next).toBe('pay');
  });

  test('says that nothing was charged only when nothing was', () => {
    const failed = { status: 'provisioning_failed' as const, compensated: true };
    expect(whatNext(situation(failed)).message).toMatch(/nothing was charged/);
    expect(whatNext(situation({ ...failed, refundedCents: 4_900 })).message).toMatch(/49\.00 went back/);
  });

  test('ends only where nothing more will come by itself', () => {
    const final = (status: TenantStatusResponse['status'], compensated = false) =>
      isFinal({ status, compensated } as TenantStatusResponse);
    expect(['pending_payment', 'provisioning', 'provisioning_failed'].map((status) => final(status as never))).toEqual([
      false,
      false,
      false,
    ]);
    expect(final('provisioning_failed', true)).toBe(true);
    expect(final('active')).toBe(true);
  });
});
