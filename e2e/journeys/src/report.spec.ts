import { expect, test } from '@jest/globals';
import { isGood, reportOf, reportText } from './report.js';
import { StageTimes } from './stages.js';
import type { Journey } from './stranger.js';
import type { Finding } from './verdict.js';

const journey = (number: number, outcome: Journey['outcome'], reason: string | null = null): Journey => ({
  number,
  tenantId: `tenant_${number}`,
  outcome,
  reason,
  seen: null,
});
const finding = (number: number, verdict: Finding['verdict']): Finding => ({
  tenant_id: `tenant_${number}`,
  outcome: 'activated',
  effect: 'welcome_mail',
  verdict,
  expected: 1,
  found: verdict === 'missing' ? 0 : 2,
});
const report = (journeys: Journey[], findings: Finding[] = []) =>
  reportOf({ journeys, findings, times: new StageTimes(), retries: new Map([['rate_limited', 2]]), durationMs: 1_234 });

test('every stranger is activated, compensated or lost, and whoever misses an effect is lost', () => {
  const journeys = [
    journey(1, 'activated'),
    journey(2, 'activated'),
    journey(3, 'compensated'),
    journey(4, 'lost', 'x'),
  ];
  const told = report(journeys, [finding(2, 'missing'), finding(2, 'missing')]);
  expect(told).toMatchObject({ tenants: 4, activated: 1, compensated: 1, lost: 2, doubled: 0, findings_total: 2 });
  expect(told.lost_strangers.map(({ number }) => number)).toEqual([2, 4]);
});

test('a doubled effect fails the run although nobody is lost', () => {
  const told = report([journey(1, 'activated')], [finding(1, 'doubled'), finding(1, 'doubled')]);
  expect(told).toMatchObject({ activated: 1, lost: 0, doubled: 1 });
  expect(told.effects.welcome_mail).toEqual({ missing: 0, doubled: 2 });
  expect(isGood(told)).toBe(false);
  expect(reportText(told)).toContain('NOT GOOD');
});

test('a run without losses and doubles is good, also when some were compensated', () => {
  const told = report([journey(1, 'activated'), journey(2, 'compensated')]);
  expect(isGood(told)).toBe(true);
  expect(reportText(told)).toContain('Nothing lost, nothing doubled.');
});

test('the lists are capped and say how many they leave out', () => {
  const many = Array.from({ length: 1_000 }, (_, index) => index + 1);
  const told = report(
    many.map((number) => journey(number, 'lost', 'login: 500 internal_error')),
    many.map((number) => finding(number, 'doubled')),
  );
  expect(told).toMatchObject({ lost: 1_000, doubled: 1_000, findings_total: 1_000 });
  expect([told.findings.length, told.lost_strangers.length]).toEqual([50, 50]);
  expect(reportText(told)).toContain('and 950 more');
});

test('a stage is measured only for those who passed it, and is never negative', async () => {
  const times = new StageTimes();
  times.add('active_to_welcome_mail', -3);
  await expect(times.measure('login', () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  expect(times.figures().active_to_welcome_mail).toEqual({ count: 1, p50_ms: 0, p95_ms: 0, p99_ms: 0, max_ms: 0 });
  expect(times.figures().login).toEqual({ count: 0, p50_ms: null, p95_ms: null, p99_ms: null, max_ms: null });
});
