import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { armCrashPoint, armedCrashPoints, declaredCrashPoints, hitCrashPoints, passedCrashPoints } from './index.js';
import { crashPoint, declareCrashPoints, switchOffCrashPoints, switchOnCrashPoints } from './index.js';

let directory: string;
const kill = jest.spyOn(process, 'kill').mockReturnValue(true);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'latchkey-crash-'));
  kill.mockClear();
});

afterEach(() => {
  switchOffCrashPoints();
  rmSync(directory, { recursive: true, force: true });
});

test('an armed point kills this process with SIGKILL at its n-th passing, once', () => {
  switchOnCrashPoints(directory, 'billing');
  armCrashPoint(directory, 'billing', 'door.pay.before-commit', 2);
  crashPoint('door', 'pay', 'before-commit');
  crashPoint('door', 'pay', 'after-commit');
  expect(kill).not.toHaveBeenCalled();
  crashPoint('door', 'pay', 'before-commit');
  expect(kill.mock.calls).toEqual([[process.pid, 'SIGKILL']]);
  expect(hitCrashPoints(directory, 'billing')).toEqual(['door.pay.before-commit']);
  expect(armedCrashPoints(directory, 'billing')).toEqual([]);
  crashPoint('door', 'pay', 'before-commit');
  expect(kill).toHaveBeenCalledTimes(1);
});

test('a point armed for another service leaves this one alone', () => {
  switchOnCrashPoints(directory, 'billing');
  armCrashPoint(directory, 'signup', 'door.pay.before-commit');
  crashPoint('door', 'pay', 'before-commit');
  expect(kill).not.toHaveBeenCalled();
});

test('what was declared and what was passed is told once each, over several lives', () => {
  for (let life = 0; life < 2; life++) {
    switchOnCrashPoints(directory, 'billing');
    declareCrashPoints('job', 'late-job', 'claimed', 'done');
    crashPoint('job', 'late-job', 'claimed');
    crashPoint('job', 'late-job', 'claimed');
    switchOffCrashPoints();
  }
  expect(declaredCrashPoints(directory, 'billing')).toEqual(['job.late-job.claimed', 'job.late-job.done']);
  expect(passedCrashPoints(directory, 'billing')).toEqual(['job.late-job.claimed']);
});

test('a point is nothing unless the harness switched it on', () => {
  armCrashPoint(directory, 'billing', 'door.pay.before-commit');
  crashPoint('door', 'pay', 'before-commit');
  expect(kill).not.toHaveBeenCalled();
  expect(passedCrashPoints(directory, 'billing')).toEqual([]);
});
