import { expect, test } from '@jest/globals';
import type { StripeApi } from '@latchkey/vendor-stripe';
import { ReadAhead } from './read-ahead.js';

/** Stripe's answers tell which question they are to. */
function aheadOf(answer = (question: number): Promise<unknown> => Promise.resolve(question)) {
  const asked: string[] = [];
  const getCheckout = (id: string) => answer(asked.push(id));
  return { ahead: new ReadAhead({ getCheckout } as unknown as StripeApi), asked };
}
const about = (id: string) => ({ kind: 'checkout' as const, session_id: id });

test('what was asked ahead is taken once, so that a second try asks anew', async () => {
  const { ahead, asked } = aheadOf();
  ahead.start(about('cs_1'));
  expect(await ahead.take('cs_1')).toBe(1);
  expect(ahead.take('cs_1')).toBeUndefined();
  expect(asked).toEqual(['cs_1']);
});

test('an answer begun before an event is never taken for it, also when there is no room for a newer one', async () => {
  const { ahead, asked } = aheadOf();
  ahead.start(about('cs_1'));
  ahead.start(about('cs_1'));
  expect(await ahead.take('cs_1')).toBe(2);
  ahead.start(about('cs_1'));
  for (let n = 2; n <= 50; n++) ahead.start(about(`cs_${n}`));
  const inAll = asked.length;
  expect(inAll).toBeLessThan(20);
  // The old answer makes room for the new one, and for no other.
  ahead.start(about('cs_1'));
  ahead.start(about('cs_50'));
  expect(asked.slice(inAll)).toEqual(['cs_1']);
  expect(await ahead.take('cs_1')).toBe(inAll + 1);
});

test('only a payment page is asked about', () => {
  const { ahead, asked } = aheadOf();
  ahead.start(null);
  ahead.start({ kind: 'subscription', subscription_id: 'sub_1' });
  expect(asked).toEqual([]);
});

test('a failure is told to whoever takes it, and to nobody else', async () => {
  const { ahead } = aheadOf(() => Promise.reject(new Error('Stripe is away')));
  ahead.start(about('cs_1'));
  ahead.start(about('cs_2'));
  await expect(ahead.take('cs_2')).rejects.toThrow('Stripe is away');
});
