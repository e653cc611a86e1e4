import type { JournalEntry } from '../journal/entry.js';
import type { Milestone, MilestoneRule } from './milestone.js';
import { milestones as allRules } from './milestones.js';

/** What is known of a tenant's way, by milestone. */
export type Progress = Readonly<Record<string, Milestone>>;

type Occurrence = Pick<JournalEntry, 'event_id' | 'type' | 'occurred_at' | 'data'>;

const rulesByType = new Map<string, MilestoneRule[]>();
for (const rule of allRules)
  for (const type of rule.types) rulesByType.set(type, [...(rulesByType.get(type) ?? []), rule]);

/**
 * A tenant's progress after one more event. Only the earliest or the latest event of a milestone is kept, so the result
 * is the same whatever the order, and however often an event comes. Live recording and rebuild both are this function.
 */
export function project(progress: Progress, { event_id, type, occurred_at, data }: Occurrence): Progress {
  let next = progress;
  for (const rule of rulesByType.get(type) ?? []) {
    const name = rule.reachedBy(data);
    if (name === undefined) continue;
    const facts = rule.factsOf(data);
    const candidate: Milestone = { at: occurred_at, event: event_id, ...(facts ? { facts } : {}) };
    const known = next[name];
    if (!known || isBefore(candidate, known) === (rule.keep === 'first')) next = { ...next, [name]: candidate };
  }
  return next;
}

/** By time; events of the same millisecond are told apart by id, for a clear winner in any order. */
function isBefore(one: Milestone, other: Milestone): boolean {
  return one.at === other.at ? one.event < other.event : one.at < other.at;
}
