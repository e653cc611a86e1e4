import { expect, test } from '@jest/globals';
import { f5BadMail } from '../../test/f5-bad-mail.js';
import { lintEmail, type LintedEmail } from './lint-email.js';
import { isGenericSender } from './rules.js';

const good: LintedEmail = {
  from: { email: 'hello@yourcompany.com', name: 'Alex from YourProduct' },
  subject: 'Your YourProduct account is ready, Test Corp',
  html: '<p>Hello Test Corp team,</p><p><a href="https://yourcompany.com/login" style="background-color: blue">Log in</a></p><p>Just reply to this email.</p>',
  text: 'Hello Test Corp team,\n\nLog in: https://yourcompany.com/login\n\nJust reply to this email.\n',
  audience: 'customer',
  company: 'Test Corp',
  names: ['YourProduct', 'Test Corp'],
  allowLoopbackLinks: false,
};

const brokenRules = (email: LintedEmail) => [...new Set(lintEmail(email).findings.map(({ rule }) => rule))];
const paragraph = (sentence: string): LintedEmail => ({ ...good, html: `${good.html}<p>${sentence}</p>` });

test("F5's bad mail fails, with each of the problems it was written to show", () => {
  const report = lintEmail(f5BadMail);
  expect(report.passed).toBe(false);
  expect(report.score).toBe(0);
  const evidence = (rule: string) => report.findings.filter((finding) => finding.rule === rule).map((f) => f.evidence);
  expect(evidence('sender_generic')).toEqual(['noreply@yourcompany.com']);
  expect(evidence('excessive_punctuation')).toEqual(['!!!']);
  expect(evidence('all_caps')).toEqual(['CONGRATULATIONS', 'NOW', 'FREE', 'LOGIN']);
  expect(evidence('link_insecure')).toEqual(['http://yourcompany.com/login']);
  expect(evidence('spam_phrase')).toEqual(
    expect.arrayContaining([
      'CONGRATULATIONS',
      'Click here',
      'claim your',
      'FREE',
      'LOGIN NOW',
      'Limited time',
      'Act fast',
    ]),
  );
  expect(brokenRules(f5BadMail)).toEqual(
    expect.arrayContaining([
      'text_missing',
      'impersonal',
      'reply_not_invited',
      'call_to_action_unclear',
      'sender_unnamed',
    ]),
  );
});

test('a plain, honest mail loses no point', () => {
  expect(lintEmail(good)).toEqual({ findings: [], score: 10, passed: true });
});

test.each([
  ['link_insecure', { ...good, html: good.html.replace('https:', 'http:') }],
  ['link_to_ip_address', paragraph('<a href="https://203.0.113.9/login">here</a>')],
  ['link_to_ip_address', paragraph('<a href="https://[2001:db8::1]/">here</a>')],
  ['link_shortened', paragraph('<a href="https://bit.ly/3xyz">here</a>')],
  ['link_insecure', paragraph('<a href="javascript:alert(1)">here</a>')],
  ['secret_in_mail', paragraph('Your key: sk_live_abcdefgh12345678')],
  ['unresolved_placeholder', paragraph('Hello {{company}}')],
  ['subject_too_long', { ...good, subject: 'x'.repeat(79) }],
  ['subject_missing', { ...good, subject: ' ' }],
  ['reply_impossible', { ...good, replyTo: 'no-reply@yourcompany.com' }],
  ['call_to_action_unclear', paragraph('<a href="https://a.example/" style="background: red">Or this</a>')],
  ['html_missing', { ...good, html: '' }],
  ['all_caps', paragraph('Read this IMPORTANT note')],
  ['excessive_punctuation', paragraph('Really??')],
  ['spam_phrase', paragraph('You&#39;ve been selected')],
] as const)('%s is found', (rule, email) => {
  expect(brokenRules(email)).toContain(rule);
});

test.each([
  'Feel free to reply.',
  'The RAG API reads PDF, DOCX and HTML.',
  'Your trial starts now.',
  'What is RAG?',
  'You are free to cancel.',
])('innocent words stay innocent: %s', (sentence) => {
  expect(brokenRules(paragraph(sentence))).toEqual([]);
});

test("a customer's name is never taken for shouting or selling", () => {
  const email = { ...paragraph('ACME FREE PRESS is set up.'), names: ['YourProduct', 'Test Corp', 'ACME FREE PRESS'] };
  expect(brokenRules(email)).toEqual([]);
});

test('links to this machine pass while developing, and only then', () => {
  const html = good.html.replace('https://yourcompany.com', 'http://localhost:4000');
  expect(brokenRules({ ...good, html, allowLoopbackLinks: true })).toEqual([]);
  expect(brokenRules({ ...good, html })).toEqual(['link_insecure']);
});

test('a finding about a secret does not repeat the secret', () => {
  const report = lintEmail(paragraph('sk_live_abcdefgh12345678'));
  expect(JSON.stringify(report)).not.toContain('abcdefgh12345678');
});

test.each([
  'noreply@x.example',
  'no-reply@x.example',
  'no_reply+a@x.example',
  'admin@x.example',
  'DoNotReply@x.example',
])('%s is no sender', (address) => expect(isGenericSender(address)).toBe(true));
test.each(['hello@x.example', 'alex@x.example', 'nora@x.example'])('%s is a sender', (address) =>
  expect(isGenericSender(address)).toBe(false),
);
