import { expect, test } from '@jest/globals';
import { displayPrefixOf, isWellFormed, newSecret } from './secret.js';

test('every new key passes its own check, and no two are alike', () => {
  const secrets = Array.from({ length: 500 }, newSecret);
  expect(secrets.every(isWellFormed)).toBe(true);
  expect(new Set(secrets).size).toBe(500);
  expect(secrets[0]).toMatch(/^sk_live_[0-9A-Za-z]{38}$/);
});

test('a key with any one character changed is refused by its checksum', () => {
  const secret = newSecret();
  for (let at = 8; at < secret.length; at++) {
    const other = secret[at] === 'x' ? 'y' : 'x';
    expect(isWellFormed(secret.slice(0, at) + other + secret.slice(at + 1))).toBe(false);
  }
});

test.each(['', 'sk_live_', 'sk_test_abc', `${newSecret()}0`, newSecret().slice(1), 'sk_live_' + '!'.repeat(38)])(
  'what is no key is refused: %j',
  (text) => expect(isWellFormed(text)).toBe(false),
);

test('the prefix for display holds four characters of the secret', () => {
  const secret = newSecret();
  expect(displayPrefixOf(secret)).toBe(secret.slice(0, 12));
});
