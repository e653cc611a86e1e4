import { hasLength, isEmail } from '@mantine/form';
import type { Plan } from '@latchkey/contracts';

export interface SignupFields {
  email: string;
  company_name: string;
  password: string;
  plan: Plan;
  accept_terms: boolean;
}

/** The rules of the contract that a browser can check as one types; the common passwords stay with the service. */
export const signupRules = {
  email: isEmail('Please give a valid email address.'),
  company_name: (value: string) => (value.trim() === '' ? 'Please give your company’s name.' : null),
  password: (value: string, fields: SignupFields) =>
    hasLength({ min: 8, max: 256 }, 'Please use 8 to 256 characters.')(value) ?? guessable(value, fields),
  accept_terms: (value: boolean) => (value ? null : 'Please accept the terms to go on.'),
};

function guessable(password: string, { email, company_name: company }: SignupFields): string | null {
  const lower = password.toLowerCase();
  if (new Set(lower).size < 4) return 'Please use more than three different characters.';
  if (holds(lower, email.split('@')[0])) return 'Please do not use your email address in the password.';
  if (holds(lower, company)) return 'Please do not use your company’s name in the password.';
  return null;
}

/** Words below five letters are in too many good passphrases by chance (the service thinks the same). */
function holds(text: string, word = ''): boolean {
  return word.length >= 5 && text.includes(word.toLowerCase());
}
