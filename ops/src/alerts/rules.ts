import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { repoDir } from '../repo.js';

export interface RecordingRule {
  record: string;
  expr: string;
  labels?: Record<string, string>;
}

export interface AlertRule {
  alert: string;
  expr: string;
  for?: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface RuleFile {
  groups: { name: string; rules: (AlertRule | RecordingRule)[] }[];
}

const alertsDir = join(repoDir, 'ops/alerts');

/** The rule files as they lie there, by name. */
export function ruleFiles(): Map<string, RuleFile> {
  const names = readdirSync(alertsDir).filter((name) => name.endsWith('.yml'));
  return new Map(names.map((name) => [name, parse(readFileSync(join(alertsDir, name), 'utf8')) as RuleFile]));
}

const rules = () => [...ruleFiles().values()].flatMap(({ groups }) => groups.flatMap((group) => group.rules));

export function alertRules(): AlertRule[] {
  return rules().filter((rule): rule is AlertRule => 'alert' in rule);
}

export function recordingRules(): RecordingRule[] {
  return rules().filter((rule): rule is RecordingRule => 'record' in rule);
}
