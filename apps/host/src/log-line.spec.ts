import { expect, test } from '@jest/globals';
import { readLogLine } from './log-line.js';

test.each([
  ['a warning by name', '{"level":"warn","msg":"slow"}', { text: 'warn: slow', matters: true }],
  ['an error by number', '{"level":50,"msg":"down"}', { text: 'error: down', matters: true }],
  ['routine', '{"level":"info","msg":"up"}', { text: 'up', matters: false }],
  [
    'the reason of an error, once',
    '{"level":"error","msg":"Relay failed.","err":{"message":"no bus"}}',
    { text: 'error: Relay failed: no bus', matters: true },
  ],
  ['a line without a level', '{"sandbox":"ready"}', { text: '{"sandbox":"ready"}', matters: false }],
  ['a crash of Node', 'Error: out of memory', { text: 'Error: out of memory', matters: true }],
  ['a frame of a stack trace', '    at main (main.ts:3:1)', { text: '    at main (main.ts:3:1)', matters: false }],
  ['half a JSON line', '{"level":', { text: '{"level":', matters: true }],
])('%s is read as a person wants it', (_, line, expected) => {
  expect(readLogLine(line)).toEqual(expected);
});
