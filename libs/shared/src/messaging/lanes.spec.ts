import { expect, test } from '@jest/globals';
import { delay } from '../time/delay.js';
import { Lanes } from './lanes.js';

test('one tenant’s tasks run one after the other, different tenants’ side by side', async () => {
  const lanes = new Lanes(8);
  const log: string[] = [];
  const task = (name: string, ms: number) => async () => {
    log.push(`${name}>`);
    await delay(ms);
    log.push(`<${name}`);
  };
  lanes.push('a', task('a1', 30));
  lanes.push('a', task('a2', 1));
  lanes.push('b', task('b1', 5));
  await lanes.idle();
  expect(log.indexOf('a2>')).toBeGreaterThan(log.indexOf('<a1'));
  expect(log.indexOf('<b1')).toBeLessThan(log.indexOf('<a1'));
});

test('never more than `width` work at once, and everybody gets a turn', async () => {
  const lanes = new Lanes(3);
  let busy = 0;
  let most = 0;
  let done = 0;
  for (let i = 0; i < 50; i++)
    lanes.push(String(i), () =>
      lanes.gate(async () => {
        most = Math.max(most, ++busy);
        await delay(1);
        busy--;
        done++;
      }),
    );
  await lanes.idle();
  expect([most, done]).toEqual([3, 50]);
});

test('a task that pauses outside of the gate holds up nobody but its own tenant', async () => {
  const lanes = new Lanes(1);
  const order: string[] = [];
  lanes.push('slow', async () => {
    await delay(50);
    await lanes.gate(async () => void order.push('slow'));
  });
  lanes.push('quick', () => lanes.gate(async () => void order.push('quick')));
  await lanes.idle();
  expect(order).toEqual(['quick', 'slow']);
});

test('lanes that ran empty are forgotten', async () => {
  const lanes = new Lanes(2);
  for (let i = 0; i < 100; i++) lanes.push(`tenant-${i}`, async () => undefined);
  await lanes.idle();
  expect(lanes.size).toBe(0);
});
