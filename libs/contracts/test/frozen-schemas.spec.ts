import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { events } from '../src/index.js';

/**
 * A published event is a promise. Its JSON Schema lies frozen beside it; the only change that passes is an added
 * optional field (then run with UPDATE_FROZEN=1). Anything else is a new file `.v2.ts`.
 */
type Schema = { properties?: Record<string, unknown>; required?: string[]; additionalProperties?: unknown };

const eventsDir = new URL('../src/events/', import.meta.url);

function breakingChanges(frozen: Schema, now: Schema): string[] {
  const changes: string[] = [];
  for (const [field, schema] of Object.entries(frozen.properties ?? {})) {
    if (!now.properties?.[field]) changes.push(`${field} was removed`);
    else if (JSON.stringify(now.properties[field]) !== JSON.stringify(schema)) changes.push(`${field} changed`);
  }
  for (const field of now.required ?? [])
    if (!frozen.required?.includes(field)) changes.push(`${field} became required`);
  for (const field of frozen.required ?? [])
    if (!now.required?.includes(field)) changes.push(`${field} is no longer required`);
  return changes;
}

test.each(Object.values(events))('$type keeps the promise of its frozen schema', (event) => {
  const file = new URL(`${event.owner}/${event.name}.v${event.version}.schema.json`, eventsDir);
  const now = z.toJSONSchema(event.data, { io: 'input' }) as Schema;
  if (!existsSync(file) || process.env['UPDATE_FROZEN'] === '1') {
    if (process.env['UPDATE_FROZEN'] !== '1')
      throw new Error(`${event.type} has no frozen schema: run with UPDATE_FROZEN=1`);
    const frozen = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Schema) : now;
    expect(breakingChanges(frozen, now)).toEqual([]);
    // What did not change keeps its bytes; `npm run format` gives the new ones their form.
    if (frozen === now || JSON.stringify(frozen) !== JSON.stringify(now))
      writeFileSync(file, JSON.stringify(now, null, 2) + '\n');
  }
  const frozen = JSON.parse(readFileSync(file, 'utf8')) as Schema;
  expect(breakingChanges(frozen, now)).toEqual([]);
  expect(Object.keys(now.properties ?? {}).sort()).toEqual(Object.keys(frozen.properties ?? {}).sort());
});

test('an event that was written is in the list: what is not there goes to no stream and is known to nobody', () => {
  const written = globSync('*/*.v*.ts', { cwd: fileURLToPath(eventsDir) });
  const listed = Object.values(events).map((event) => `${event.owner}/${event.name}.v${event.version}.ts`);
  expect(written.toSorted()).toEqual(listed.toSorted());
});

test.each(Object.values(events))('the example of $type is a valid event', (event) => {
  expect(event.data.strict().parse(event.example)).toEqual(event.example);
});

test('a changed, removed or newly required field counts as breaking, an added optional one does not', () => {
  const frozen = { properties: { a: { type: 'string' } }, required: ['a'] };
  expect(breakingChanges(frozen, { properties: { a: { type: 'number' } }, required: ['a'] })).toEqual(['a changed']);
  expect(breakingChanges(frozen, { properties: {}, required: [] })).toHaveLength(2);
  expect(breakingChanges(frozen, { properties: { a: { type: 'string' }, b: {} }, required: ['a', 'b'] })).toHaveLength(
    1,
  );
  expect(breakingChanges(frozen, { properties: { a: { type: 'string' }, b: {} }, required: ['a'] })).toEqual([]);
});

test('no event carries a field that smells of personal data or secrets', () => {
  const forbidden = /email$|mail_address|company|phone|password|secret|(^|_)code$|ip_address|api_key$/;
  for (const event of Object.values(events))
    expect(Object.keys(event.data.shape).filter((field) => forbidden.test(field))).toEqual([]);
});
