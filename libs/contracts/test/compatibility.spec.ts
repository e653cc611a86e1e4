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
const base: Contracts = { events: [event(one, { a: 'x' })], questions: [question(one, one)], http: {}, problems: {} };
const now = (events: Contracts['events'], questions: Contracts['questions'] = base.questions) =>
  incompatibilities(base, { ...base, events, questions });

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

/** The HTTP API: customers' programs and pages from the release before send old requests and read new answers. */
const api = (shape: z.ZodType, before: z.ZodType) =>
  incompatibilities({ ...base, http: { Shape: before } }, { ...base, http: { Shape: shape } }).join('\n');
const request = z.strictObject({ a: z.string().max(10), how: z.enum(['x', 'y']).default('x') });
const list = (item: z.ZodType) => z.object({ items: z.array(item), next: text.nullable() });

test('an API that takes more than before, and tells more than before, passes', () => {
  const wider = z.strictObject({
    a: z.string().max(20),
    how: z.enum(['x', 'y', 'z']).default('x'),
    b: text.optional(),
  });
  expect(api(wider, request)).toBe('');
  expect(api(list(z.object({ a: text, b: text })), list(one))).toBe('');
});

test.each([
  ['a request that needs more', request.extend({ b: text }), request, /needs b/],
  ['a request that takes less', request.omit({ how: true }), request, /does not know how/],
  ['a tighter limit', request.extend({ a: z.string().max(5) }), request, /another a/],
  ['a choice that is gone', request.extend({ how: z.enum(['x']).default('x') }), request, /another how/],
  ['an answer that tells less', list(z.object({})), list(one), /needs items\[\]\.a/],
  ['an answer with another type', list(z.object({ a: z.number() })), list(one), /another items\[\]\.a/],
  ['a word no reader knows', z.object({ s: z.enum(['x', 'y']) }), z.object({ s: z.enum(['x']) }), /another s/],
  ['a null where none was', z.object({ a: text.nullable() }), one, /another a/],
])('stopped: %s', (_what, now, before, fault) => {
  expect(api(now, before)).toMatch(fault);
});

test('stopped: a shape that is gone, and a problem’s code that is gone or has another status', () => {
  const before = { ...base, http: { Gone: one }, problems: { old: { status: 400 }, moved: { status: 400 } } };
  expect(incompatibilities(before, { ...base, problems: { moved: { status: 409 } } })).toEqual([
    expect.stringContaining('Gone is gone'),
    expect.stringContaining('old is gone'),
    expect.stringContaining('moved is answered with 409'),
  ]);
});
