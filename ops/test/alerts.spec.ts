import { expect, test } from '@jest/globals';
import { findProgram } from '@latchkey/local';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { alertRules, recordingRules } from '../src/alerts/rules.js';
import { knownMetrics } from '../src/promql/known-metrics.js';
import { metricNames } from '../src/promql/metric-names.js';

const repo = join(import.meta.dirname, '../..');
const alerts = alertRules();

/** Every alert_rule_test of the unit tests. */
const unitTests = globSync('ops/alerts/tests/*.test.yml', { cwd: repo }).flatMap((path) => {
  const { tests } = parse(readFileSync(join(repo, path), 'utf8')) as {
    tests: { alert_rule_test: { alertname: string; exp_alerts?: unknown[] }[] }[];
  };
  return tests.flatMap(({ alert_rule_test: cases }) => cases);
});

test('every alert says how urgent it is, what is wrong, and has its page; and every page has its alert', () => {
  for (const { alert, labels, annotations } of alerts) {
    expect(['page', 'ticket']).toContain(labels['severity']);
    expect(annotations['summary']).toBeTruthy();
    expect(annotations['runbook_url']).toBe(`docs/runbooks/${alert}.md`);
    expect({ alert, page: existsSync(join(repo, annotations['runbook_url']!)) }).toEqual({ alert, page: true });
  }
  const pages = readdirSync(join(repo, 'docs/runbooks')).filter((name) => name !== 'README.md');
  expect(pages.sort()).toEqual(alerts.map(({ alert }) => `${alert}.md`).sort());
});

test('every rule reads metrics that exist', () => {
  const known = knownMetrics();
  for (const { expr } of [...alerts, ...recordingRules()])
    for (const name of metricNames(expr)) expect(known).toContain(name);
});

test('every alert was seen firing and silent by a unit test', () => {
  for (const { alert } of alerts) {
    const cases = unitTests.filter(({ alertname }) => alertname === alert);
    expect({ alert, fires: cases.some((one) => one.exp_alerts?.length) }).toEqual({ alert, fires: true });
    expect({ alert, silent: cases.some((one) => !one.exp_alerts?.length) }).toEqual({ alert, silent: true });
  }
});

const promtool = await findProgram('promtool');
if (!promtool)
  console.warn(
    'promtool is not on PATH and not in the cache, so the unit tests of the alerts are left out; npm run alerts:test fetches it.',
  );

(promtool ? test : test.skip)('promtool finds no fault with the rules, and their unit tests hold', () => {
  for (const args of [
    ['check', 'rules', '--lint=all', ...globSync('ops/alerts/*.yml', { cwd: repo })],
    ['test', 'rules', ...globSync('ops/alerts/tests/*.test.yml', { cwd: repo })],
    ['check', 'config', '--syntax-only', 'ops/prometheus/prometheus.yml'],
  ]) {
    const { status, stdout, stderr } = spawnSync(promtool!, args, { cwd: repo, encoding: 'utf8' });
    expect({ status, said: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, said: '' });
  }
});
