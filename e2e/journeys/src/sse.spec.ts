import { expect, test } from '@jest/globals';
import { EventParser } from './sse.js';

const stream =
  'retry: 2000\n\nevent: status\ndata: {"a":"ä"}\n\n: still the same\n\nevent: status\ndata: one\ndata: two\n\n';
const events = [
  { event: 'message', data: null },
  { event: 'status', data: '{"a":"ä"}' },
  { event: 'message', data: null },
  { event: 'status', data: 'one\ntwo' },
];

test('a stream gives the same events wherever the network cuts it', () => {
  for (let at = 0; at <= stream.length; at++) {
    const parser = new EventParser();
    expect([...parser.push(stream.slice(0, at)), ...parser.push(stream.slice(at))]).toEqual(events);
  }
});

test('lines may end in CRLF or CR, also when the cut is between the two', () => {
  for (const lineEnd of ['\r\n', '\r']) {
    const text = stream.replaceAll('\n', lineEnd);
    for (let at = 0; at <= text.length; at++) {
      const parser = new EventParser();
      const found = [...parser.push(text.slice(0, at)), ...parser.push(text.slice(at)), ...parser.push('\n')];
      expect(found.filter(({ data }) => data !== null)).toEqual(events.filter(({ data }) => data !== null));
    }
  }
});

test('an event that is not finished is not told', () => {
  expect(new EventParser().push('event: status\ndata: {"status":"active"}\n')).toEqual([]);
});

test('one space after the colon is not part of the value, a second one is', () => {
  expect(new EventParser().push('data:  x\n\n')).toEqual([{ event: 'message', data: ' x' }]);
  expect(new EventParser().push('data:x\n\n')).toEqual([{ event: 'message', data: 'x' }]);
});

test('an event without an end is refused before it fills the memory', () => {
  const parser = new EventParser();
  expect(() => {
    for (let i = 0; i < 3; i++) parser.push('x'.repeat(500_000));
  }).toThrow('without an end');
});
