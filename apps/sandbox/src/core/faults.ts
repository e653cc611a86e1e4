import { z } from 'zod';
import { newId, seededRandom } from './random.js';

const actionSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('latency'), ms: z.number().int().min(0).max(600_000) }),
  z.strictObject({ type: z.literal('hang') }),
  z.strictObject({ type: z.literal('reset-before') }),
  z.strictObject({ type: z.literal('reset-after-commit') }),
  z.strictObject({
    type: z.literal('status'),
    status: z.number().int().min(400).max(599),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.unknown().optional(),
    /** Stripe only: answer from inside, so that the idempotency key replays this failure for 24 hours. */
    remembered: z.boolean().optional(),
  }),
  z.strictObject({ type: z.literal('malformed') }),
  z.strictObject({ type: z.literal('slow-body'), ms: z.number().int().min(1).max(600_000).default(5000) }),
  // The next two are carried out by the vendor itself, which asks `sim.currentFault()`.
  z.strictObject({ type: z.literal('stale-read'), ms: z.number().int().min(0).max(3_600_000).default(30_000) }),
  z.strictObject({
    type: z.literal('mail-outcome'),
    outcome: z.enum(['spam', 'bounce', 'defer', 'drop', 'noopen']),
  }),
]);

/** What `POST /_sim/faults` accepts. `nth` counts matching requests from 1; `times` bounds how often the rule acts. */
export const faultRuleSchema = z.strictObject({
  match: z
    .strictObject({
      vendor: z.string().optional(),
      method: z.string().toUpperCase().optional(),
      /** A prefix, or a regular expression between slashes. */
      path: z.string().max(500).refine(compiles, 'not a regular expression').optional(),
      /** A part of the URL or of the body, usually a tenant id. */
      tenant: z.string().min(1).optional(),
      nth: z.number().int().min(1).optional(),
      times: z.number().int().min(1).optional(),
      probability: z.number().min(0).max(1).optional(),
      seed: z.number().int().optional(),
    })
    .default({}),
  action: actionSchema,
});

export type FaultRuleInput = z.input<typeof faultRuleSchema>;
export type FaultAction = z.output<typeof actionSchema>;

interface Rule {
  id: string;
  group?: string;
  match: z.output<typeof faultRuleSchema>['match'];
  action: FaultAction;
  pattern: RegExp | undefined;
  random: () => number;
  seen: number;
  hits: number;
}

/** The part of a request that rules look at. */
export interface FaultCandidate {
  vendor: string;
  method: string;
  url: string;
  body: Buffer;
  /** A page for people (hosted checkout, inbox links): only rules that name a path touch these. */
  page: boolean;
}

/** Rules that make vendors misbehave, tried in the order they were added; the first that acts wins. */
export class Faults {
  private rules: Rule[] = [];

  add(input: z.output<typeof faultRuleSchema>, group?: string): string {
    const id = newId('fault', 8);
    const source = regexSource(input.match.path);
    const pattern = source === undefined ? undefined : new RegExp(source);
    const random = seededRandom(input.match.seed ?? 1);
    this.rules.push({ id, group, match: input.match, action: input.action, pattern, random, seen: 0, hits: 0 });
    return id;
  }

  /** The action for this request, if a rule acts. Asking counts: call it once per request. */
  pick(candidate: FaultCandidate): FaultAction | undefined {
    for (const rule of this.rules) {
      if (!matches(rule, candidate)) continue;
      rule.seen += 1;
      const { nth, times, probability } = rule.match;
      if (nth !== undefined && rule.seen !== nth) continue;
      if (times !== undefined && rule.hits >= times) continue;
      if (probability !== undefined && rule.random() >= probability) continue;
      rule.hits += 1;
      return rule.action;
    }
    return undefined;
  }

  list(): { id: string; group?: string; match: object; action: FaultAction; seen: number; hits: number }[] {
    return this.rules.map(({ id, group, match, action, seen, hits }) => ({ id, group, match, action, seen, hits }));
  }

  remove(id: string): boolean {
    const before = this.rules.length;
    this.rules = this.rules.filter((rule) => rule.id !== id);
    return this.rules.length < before;
  }

  removeGroup(group: string): void {
    this.rules = this.rules.filter((rule) => rule.group !== group);
  }

  hasGroup(group: string): boolean {
    return this.rules.some((rule) => rule.group === group);
  }

  clear(): void {
    this.rules = [];
  }
}

/** What stands between the slashes; a path such as `/v1/` holds no pattern signs and stays a prefix. */
function regexSource(path: string | undefined): string | undefined {
  if (path === undefined || path.length < 3 || !path.startsWith('/') || !path.endsWith('/')) return undefined;
  return /[\\^$.|?*+()[\]{}]/.test(path) ? path.slice(1, -1) : undefined;
}

function compiles(path: string): boolean {
  try {
    new RegExp(regexSource(path) ?? '');
    return true;
  } catch {
    return false;
  }
}

function matches(rule: Rule, candidate: FaultCandidate): boolean {
  const { vendor, method, path, tenant } = rule.match;
  if (candidate.page && path === undefined) return false;
  if (vendor !== undefined && vendor !== candidate.vendor) return false;
  if (method !== undefined && method !== candidate.method) return false;
  const pathOnly = candidate.url.split('?', 1)[0] ?? '';
  if (rule.pattern ? !rule.pattern.test(pathOnly) : path !== undefined && !pathOnly.startsWith(path)) return false;
  return tenant === undefined || candidate.url.includes(tenant) || candidate.body.includes(tenant);
}
