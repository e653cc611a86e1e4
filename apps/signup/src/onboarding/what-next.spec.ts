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
  progress: null,
  waitedMs: 0,
  givesUpAt: null,
  ...facts,
});

describe('what a waiting customer is told', () => {
  test('is a whole sentence in every situation there is', () => {
    for (const status of TenantStatus.options)
      for (const flag of [false, true])
        for (const checkoutUrl of [null, 'https://checkout.example/c/1']) {
          const facts = { status, verified: flag, paid: flag, compensated: flag, checkoutUrl };
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

  describe('while it is provisioned', () => {
    const progress = (facts: Partial<NonNullable<Situation['progress']>>) => ({
      state: 'running' as const,
      seconds_elapsed: 1,
      next_attempt_at: null,
      waits_for: null,
      steps: [],
      ...facts,
    });
    const told = (facts: Partial<Situation>) => {
      const givesUpAt = new Date('2026-11-23T05:00:00.000Z');
      return whatNext(situation({ status: 'provisioning', paid: true, verified: true, givesUpAt, ...facts })).message;
    };

    test('"a few seconds" is promised only while it is true', () => {
      expect(told({ progress: progress({}), waitedMs: 2_000 })).toMatch(/a few seconds/);
      for (const late of [progress({}), progress({ state: 'retrying' }), progress({ state: 'waiting' }), null])
        expect(told({ progress: late, waitedMs: 60_000 })).not.toMatch(/a few seconds/);
    });

    test.each(['supplier_down', 'supplier_busy', 'our_account'] as const)(
      '%s is called what it is, with what happens by itself and both ways out',
      (waits_for) => {
        const message = told({ progress: progress({ state: 'retrying', waits_for }), waitedMs: 60_000 });
        expect(message).toMatch(/supplier/);
        expect(message).toMatch(/05:00 UTC/);
        expect(message).toMatch(/close this page.*mail you/);
        expect(message).toMatch(/write to us/);
      },
    );

    test('a provisioner that does not answer is not sold as progress', () => {
      expect(told({ progress: null, waitedMs: 60_000 })).toMatch(/not answering/);
    });

    test('nobody is told to wait for what is being taken back', () => {
      expect(told({ progress: progress({ state: 'undoing' }), waitedMs: 60_000 })).toMatch(/cancelled/);
    });
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
