import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { defineEvent, defineQuestion } from '../src/index.js';
import { incompatibilities, type Contracts } from './compatibility.js';

/** The gate between two commits (tools/contracts-gate.mjs): what it stops, and what it lets through. */
const event = (data: z.ZodObject, example: object) =>
  defineEvent({ owner: 'signup', name: 'made-up', when: 'In this spec.', data, example: example as never });
const question = (request: z.ZodObject, reply: z.ZodObject, askedBy: ('notifier' | 'analytics')[] = ['notifier']) =>
  defineQuestion({ owner: 'signup', name: 'made-up', askedBy, what: 'Nothing.', timeoutMs: 1, request, reply });

const text = z.string();
const one = z.object({ a: text });
const base: Contracts = { events: [event(one, { a: 'x' })], questions: [question(one, one)] };
const now = (events: Contracts['events'], questions: Contracts['questions'] = base.questions) =>
  incompatibilities(base, { events, questions });

test('nothing changed, and an optional field more, pass', () => {
  expect(incompatibilities(base, base)).toEqual([]);
  expect(now([event(z.object({ a: text, b: text.optional() }), { a: 'x', b: 'y' })])).toEqual([]);
  const wider = question(z.object({ a: text, b: text.optional() }), z.object({ a: text, b: text }), [
    'notifier',
    'analytics',
  ]);
  expect(now(base.events, [wider])).toEqual([]);
});

test.each([
  ['an event that is gone', [], /is gone/],
  [
    'a field that is required now: what lies in the streams has none',
    [event(z.object({ a: text, b: text }), { a: 'x', b: 'y' })],
    /refused now/,
  ],
  ['a field with another type', [event(z.object({ a: z.number() }), { a: 1 })], /an old consumer refuses/],
  ['a field that is left out now', [event(z.object({ b: text.optional() }), { b: 'y' })], /an old consumer refuses/],
])('stopped: %s', (_what, events, fault) => {
  expect(now(events).join('\n')).toMatch(fault);
});

test.each([
  ['a question nobody answers', [], /not answered any more/],
  [
    'a request with a field that old askers do not send',
    [question(z.object({ a: text, b: text }), one)],
    /request needs b/,
  ],
  ['a reply without a field that old askers read', [question(one, z.object({ a: text.optional() }))], /reply needs a/],
  ['an asker that is shut out', [question(one, one, ['analytics'])], /may not ask/],
])('stopped: %s', (_what, questions, fault) => {
  expect(now(base.events, questions).join('\n')).toMatch(fault);
});
