import { expect, test } from '@jest/globals';
import { metadataOf, parseForm } from './form.js';
import { validate } from './validate.js';

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('brackets become nested objects, digits become lists in their order', () => {
  const encoded =
    'mode=subscription&line_items[1][price]=b&line_items[0][price]=a&metadata[tenant_id]=t%201&expand[]=x&expand[]=y';
  expect(plain(parseForm(encoded))).toEqual({
    mode: 'subscription',
    line_items: [{ price: 'a' }, { price: 'b' }],
    metadata: { tenant_id: 't 1' },
    expand: ['x', 'y'],
  });
});

test('a parameter called like a part of every object changes no object', () => {
  const parsed = parseForm('__proto__[polluted]=yes&constructor[prototype][polluted]=yes&metadata[__proto__]=yes');
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  expect(() => validate('customers.create', parsed)).toThrow(/unknown parameter: __proto__/);
});

test('endless nesting and endless lists of parameters are refused', () => {
  expect(() => parseForm('a' + '[b]'.repeat(20) + '=1')).toThrow(/nested too deeply/);
  expect(() => parseForm(Array.from({ length: 1001 }, (_, index) => `k${index}=1`).join('&'))).toThrow(/Too many/);
});

test('numbers and booleans arrive as what they are, and an empty text unsets', () => {
  const params = validate(
    'checkout.sessions.create',
    parseForm('expires_at=1800000000&allow_promotion_codes=true&metadata='),
  );
  expect(plain(params)).toEqual({ expires_at: 1_800_000_000, allow_promotion_codes: true, metadata: '' });
  expect(() => validate('events.list', parseForm('created[gte]=soon'))).toThrow(/Invalid integer: soon/);
  expect(plain(validate('events.list', parseForm('created=5')))).toEqual({ created: 5 });
});

test('metadata is merged, a key is removed by an empty value, all of it by an empty parameter', () => {
  const before = { a: '1', b: '2' };
  expect(metadataOf(parseForm('metadata[b]=&metadata[c]=3'), before)).toEqual({ a: '1', c: '3' });
  expect(metadataOf(parseForm('metadata='), before)).toEqual({});
  expect(() => metadataOf(parseForm(`metadata[a]=${'x'.repeat(501)}`))).toThrow(/500/);
});
