import { expect, test } from '@jest/globals';
import {
  events,
  QuestionAnswered,
  QuestionFailed,
  SessionStarted,
  TenantSignedUp,
  type EventContract,
} from '@latchkey/contracts';
import fc from 'fast-check';
import { project, type Progress } from './project.js';

const catalogue: EventContract[] = Object.values(events);

/** Any event of the catalogue at one of few instants, so that ties and repetitions are common. */
const occurrence = fc
  .record({
    event: fc.constantFrom(...catalogue),
    id: fc.uuid(),
    minute: fc.integer({ min: 0, max: 5 }),
    grounded: fc.boolean(),
    reason: fc.constantFrom('openai', 'pinecone', 'timeout', 'internal'),
    plan: fc.constantFrom('starter', 'pro'),
  })
  .map(({ event, id, minute, grounded, reason, plan }) => ({
    event_id: id,
    type: event.type,
    occurred_at: new Date(Date.UTC(2026, 10, 23, 3, minute)).toISOString(),
    data: { ...event.example, grounded, reason, plan },
  }));
type Occurrence = typeof occurrence extends fc.Arbitrary<infer T> ? T : never;

const fold = (occurrences: readonly Occurrence[]): Progress => occurrences.reduce<Progress>(project, {});

test('events in any order, and however often each comes, give the same progress', () => {
  const orders = fc.array(occurrence, { minLength: 1, maxLength: 30 }).chain((original) =>
    fc.record({
      original: fc.constant(original),
      shuffled: fc
        .array(fc.constantFrom(...original), { maxLength: 30 })
        .chain((repeated) =>
          fc.shuffledSubarray([...original, ...repeated], { minLength: original.length + repeated.length }),
        ),
    }),
  );
  fc.assert(
    fc.property(orders, ({ original, shuffled }) => {
      expect(fold(shuffled)).toEqual(fold(original));
    }),
    { numRuns: 300 },
  );
});

test('two halves recorded apart give the same progress as all at once', () => {
  fc.assert(
    fc.property(fc.array(occurrence, { maxLength: 30 }), fc.nat(30), (all, cut) => {
      expect(all.slice(cut).reduce<Progress>(project, fold(all.slice(0, cut)))).toEqual(fold(all));
    }),
  );
});

const at = (event: EventContract, minute: number, data: object): Occurrence =>
  ({
    event_id: `00000000-0000-7000-8000-0000000000${String(minute).padStart(2, '0')}`,
    type: event.type,
    occurred_at: new Date(Date.UTC(2026, 10, 23, 3, minute)).toISOString(),
    data: { ...event.example, ...data },
  }) as Occurrence;

test('a question that failed or found nothing is an attempt with its reason, and no success (F4)', () => {
  const progress = fold([
    at(QuestionFailed, 1, { reason: 'openai' }),
    at(QuestionAnswered, 2, { grounded: false }),
    at(QuestionFailed, 3, { reason: 'openai' }),
  ]);
  expect(progress['attempted_first_query']?.at).toBe('2026-11-23T03:01:00.000Z');
  expect(progress['succeeded_first_query']).toBeUndefined();
  expect(progress['question_failed:openai']?.at).toBe('2026-11-23T03:01:00.000Z');
  expect(progress['question_failed:not_in_documents']?.at).toBe('2026-11-23T03:02:00.000Z');
  expect(progress['last_query']?.at).toBe('2026-11-23T03:03:00.000Z');
});

test('a milestone is the first time, names the event that proves it, and keeps what that event said', () => {
  const progress = fold([at(SessionStarted, 9, {}), at(SessionStarted, 4, {}), at(TenantSignedUp, 1, { plan: 'pro' })]);
  expect(progress['logged_in']).toEqual({
    at: '2026-11-23T03:04:00.000Z',
    event: '00000000-0000-7000-8000-000000000004',
  });
  expect(progress['last_login']?.at).toBe('2026-11-23T03:09:00.000Z');
  expect(progress['total_signups']?.facts).toEqual({ plan: 'pro' });
});

test('an event that says nothing about the way leaves the very same progress', () => {
  const progress = fold([at(TenantSignedUp, 1, {})]);
  expect(project(progress, at(events.EmailClicked, 2, {}))).toBe(progress);
});
