import { expect, test } from '@jest/globals';
import { register } from 'prom-client';
import { GiveUp, RetryLater } from '../errors/vendor-errors.js';
import { measureVendorCall } from './vendor-metrics.js';

const call = { vendor: 'any', operation: 'verb', deadlineMs: 1_000, translate: (error: unknown) => error };

test('every outcome of a vendor is counted under its own name', async () => {
  const facts = { vendor: 'any', operation: 'verb' };
  await measureVendorCall(call, async () => 'fine');
  for (const error of [new RetryLater('rate_limit', facts), new GiveUp('declined', facts), new Error('a slip of ours')])
    await expect(measureVendorCall(call, () => Promise.reject(error))).rejects.toBe(error);
  const text = await register.metrics();
  for (const outcome of ['ok', 'rate_limit', 'declined', 'bug'])
    expect(text).toContain(
      `vendor_request_duration_seconds_count{vendor="any",operation="verb",outcome="${outcome}"} 1`,
    );
});

test('what the SDK threw never gets out untranslated', async () => {
  const translated = new GiveUp('refused', { vendor: 'any', operation: 'verb' });
  const work = () => Promise.reject(new Error('Authorization: Bearer secret'));
  await expect(measureVendorCall({ ...call, translate: () => translated }, work)).rejects.toBe(translated);
});

test('a call that throws before it waits is translated like any other', async () => {
  const translated = new GiveUp('refused', { vendor: 'any', operation: 'verb' });
  const work = (): Promise<never> => {
    throw new Error('bad argument');
  };
  await expect(measureVendorCall({ ...call, translate: () => translated }, work)).rejects.toBe(translated);
});

test('nobody waits longer than the deadline, and the outcome is then unknown', async () => {
  const never = new Promise<never>(() => undefined);
  await expect(measureVendorCall({ ...call, deadlineMs: 30 }, () => never)).rejects.toMatchObject({
    kind: 'timeout',
    code: 'deadline',
    outcomeUnknown: true,
  });
});

test('an answer after the deadline that is an error does not crash the process', async () => {
  const late = () => new Promise<never>((_resolve, reject) => setTimeout(() => reject(new Error('too late')), 60));
  await expect(measureVendorCall({ ...call, deadlineMs: 20 }, late)).rejects.toMatchObject({ code: 'deadline' });
  await new Promise((resolve) => setTimeout(resolve, 80));
});
