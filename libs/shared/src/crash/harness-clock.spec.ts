import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HarnessClock, setClocksAhead } from './index.js';

const dayMs = 86_400_000;
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'latchkey-clock-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const aheadMs = (clock: HarnessClock) => clock.nowMs() - Date.now();

test('a process that is started after a leap is as far ahead as those that saw it', () => {
  const before = new HarnessClock(directory);
  setClocksAhead(directory, dayMs);
  const after = new HarnessClock(directory);
  for (const clock of [before, after]) expect(Math.round(aheadMs(clock) / dayMs)).toBe(1);
});

test('nobody leaps unless the harness says so', () => {
  expect(Math.abs(aheadMs(new HarnessClock(directory)))).toBeLessThan(dayMs);
});
