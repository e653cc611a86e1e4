import type { Evidence } from '../evidence.js';

/** One broken promise: whose, and what was found. */
export interface Violation {
  tenant_id: string | null;
  text: string;
}

export interface Verdict {
  /** How many things were really looked at; 0 means that this run says nothing about it. */
  checked: number;
  violations: Violation[];
}

export interface Invariant {
  id: string;
  sentence: string;
  check(evidence: Evidence): Verdict;
}

/** Looks at each item; `look` answers with what is wrong with it, or with nothing. */
export function verdictOver<T>(
  items: Iterable<T>,
  look: (item: T) => string | undefined,
  tenantIdOf: (item: T) => string | null,
): Verdict {
  const verdict: Verdict = { checked: 0, violations: [] };
  for (const item of items) {
    verdict.checked += 1;
    const text = look(item);
    if (text !== undefined) verdict.violations.push({ tenant_id: tenantIdOf(item), text });
  }
  return verdict;
}

export function joined(...verdicts: readonly Verdict[]): Verdict {
  return {
    checked: verdicts.reduce((sum, { checked }) => sum + checked, 0),
    violations: verdicts.flatMap(({ violations }) => violations),
  };
}
