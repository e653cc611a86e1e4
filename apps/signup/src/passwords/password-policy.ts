import { isCommonPassword } from './common-passwords.js';

export interface PasswordFault {
  field: 'password';
  code: 'password_too_common' | 'password_contains_email' | 'password_contains_company' | 'password_too_simple';
  message: string;
}

/**
 * ASVS 6.2: length decides (the contract asks for 8 to 256 characters), any character is welcome, no composition rules;
 * refused are passwords everybody tries first, and ones that a stranger reads off the signup form.
 */
export function passwordFaults(password: string, email: string, companyName: string): PasswordFault[] {
  const lower = password.toLowerCase();
  const fault = (code: PasswordFault['code'], message: string): PasswordFault[] => [
    { field: 'password', code, message },
  ];
  if (isCommonPassword(password))
    return fault('password_too_common', 'This password is one of the first that attackers try. Please choose another.');
  if (new Set(lower).size < 4) return fault('password_too_simple', 'Please use more than three different characters.');
  const mailbox = email.toLowerCase().split('@')[0] ?? '';
  if (isWordIn(mailbox, lower) || lower.includes(email.toLowerCase()))
    return fault('password_contains_email', 'Please do not use your email address in the password.');
  const company = companyName.toLowerCase();
  if (isWordIn(company, lower) || isWordIn(company.replaceAll(/[^\p{L}\p{N}]/gu, ''), lower))
    return fault('password_contains_company', 'Please do not use your company’s name in the password.');
  return [];
}

/** Words below five letters are in too many good passphrases by chance. */
function isWordIn(word: string, text: string): boolean {
  return word.length >= 5 && text.includes(word);
}
