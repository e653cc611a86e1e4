import { describe, expect, test } from '@jest/globals';
import { commonPasswordCount } from './common-passwords.js';
import { passwordFaults } from './password-policy.js';

const codesOf = (password: string, email = 'ada@lovelace.example', company = 'Analytical Engines') =>
  passwordFaults(password, email, company).map((fault) => fault.code);

describe('the password policy', () => {
  test('blocks at least the 3,000 passwords that ASVS asks for', () => {
    expect(commonPasswordCount).toBeGreaterThan(3_000);
  });

  test.each([
    'password',
    'Password123!',
    'P@ssw0rd2026',
    'QWERTYUIOP',
    '123456789',
    'iloveyou1',
    'dragon2024',
    '88888888',
  ])('refuses %s, which attackers try first', (password) => expect(codesOf(password)).toEqual(['password_too_common']));

  test.each(['correct horse battery', 'plum-kettle-42-vista', 'пароль-для-почты', '        a bcd', 'x7#Kq!t2'])(
    'takes %s: length counts, not composition',
    (password) => expect(codesOf(password)).toEqual([]),
  );

  test('refuses what a stranger reads off the form', () => {
    expect(codesOf('my-ada.byron-pass', 'ada.byron@example.org')).toEqual(['password_contains_email']);
    expect(codesOf('analyticalengines-9')).toEqual(['password_contains_company']);
  });

  test('short names do not forbid every password that happens to hold them', () => {
    expect(codesOf('a long enough sentence', 'al@example.org', 'SAP')).toEqual([]);
  });

  test('refuses a handful of characters over and over', () => {
    expect(codesOf('abababab')).toEqual(['password_too_simple']);
  });
});
