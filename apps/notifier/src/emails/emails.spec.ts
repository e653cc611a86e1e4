import { globSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { lintSample } from '../deliverability/lint-sample.js';
import type { Addressee, Email } from './email.js';
import { emailNamed, emails } from './registry.js';
import { VerificationCodeEmail, WelcomeEmail } from './index.js';

const brand = {
  productName: 'Latchkey',
  publicUrl: 'https://latchkey.example',
  docsUrl: 'https://docs.latchkey.example',
  dpaUrl: 'https://latchkey.example/legal/data-processing-agreement',
  senderName: 'Alex from Latchkey',
};
const sender = { fromEmail: 'hello@latchkey.example', allowLoopbackLinks: false };

const renderedFor = (email: Email, addressee: Addressee) =>
  email.render({ brand, tenantId: 'tenant_1', data: email.on[0]?.example, addressee });

test.each(emails.map((email) => [email.name, email] as const))(
  'the %s mail passes the deliverability check',
  (_name, email) => {
    expect(lintSample(email, brand, sender)).toMatchObject({ findings: [], score: 10, passed: true });
  },
);

test.each(emails.map((email) => [email.name, email] as const))('the %s mail reads as agreed', (_name, email) => {
  const { subject, text } = email.renderSample(brand);
  expect(`Subject: ${subject}\n\n${text}`).toMatchSnapshot();
});

test('a mail that was written is in the list: what is not there is never sent', () => {
  const written = globSync('*/*.email.ts', { cwd: import.meta.dirname });
  expect(written.toSorted()).toEqual(emails.map(({ name }) => `${name}/${name}.email.ts`).toSorted());
});

test('every mail has a name and a key of its own', () => {
  expect(new Set(emails.map((email) => email.name)).size).toBe(emails.length);
  for (const email of emails)
    expect(email.dedupeKey({ id: 'evt_1', tenantId: 'tenant_1', data: email.on[0]?.example })).toMatch(
      new RegExp(`^${email.name}:.+`),
    );
});

test('the welcome mail holds what S4.3 promises, and no key', () => {
  const { subject, html, text } = WelcomeEmail.renderSample(brand);
  expect(subject).toBe('Your Latchkey account is ready, Test Corp');
  for (const part of [html.replaceAll(/<[^>]+>/g, ' '), text]) {
    for (const fact of [
      'Test Corp',
      'Starter',
      'December 7, 2026',
      'What is RAG?',
      'reply',
      'Data processing agreement',
    ])
      expect(part).toContain(fact);
    expect(part).toContain('Nothing is charged until the trial ends');
    expect(part).not.toMatch(/sk_live_|api key:\s*\w+_/i);
  }
  for (const link of ['/login"', 'docs.latchkey.example/quickstart"', '/api"', '/examples"'])
    expect(html).toContain(link);
  expect([...html.matchAll(/<li\b/g)].length).toBe(3 + 4);
});

test('a tenant without a trial is promised none', () => {
  const mail = renderedFor(WelcomeEmail, { ...sampleOf(WelcomeEmail), trial_ends_at: null });
  expect(mail?.text).not.toMatch(/trial/i);
});

test('one welcome per tenant, whichever run opened the workspace', () => {
  const key = (run_id: string) =>
    WelcomeEmail.dedupeKey({ id: run_id, tenantId: 'tenant_1', data: { ...WelcomeEmail.on[0]?.example, run_id } });
  expect(key('run_1')).toBe(key('run_2'));
});

test('what a customer typed cannot become markup or a header', () => {
  const company = 'Evil <img src=x onerror=alert(1)>\r\nBcc: victim@example.com "Ltd" & Co';
  const mail = renderedFor(WelcomeEmail, { ...sampleOf(WelcomeEmail), company });
  expect(mail?.html).not.toContain('<img');
  expect(mail?.html).toContain('&lt;img');
  expect(mail?.subject).not.toMatch(/[\r\n]/);
  expect(mail?.subject.length).toBeLessThanOrEqual(78);
});

test('an unproved address gets the code and nothing that a stranger typed', () => {
  const mail = VerificationCodeEmail.renderSample(brand);
  expect(mail.subject).toContain('482913');
  expect(mail.text).toContain('482913');
  expect(mail.html).not.toContain('href');
});

test.each([
  ['trial-ending', 'cancelled'],
  ['trial-ending', 'suspended'],
  ['payment-failed', 'cancelled'],
  ['provisioning-failed', 'active'],
  ['welcome', 'cancelled'],
  ['account-suspended', 'active'],
  ['quota-reached', 'cancelled'],
] as const)('the %s mail is not sent to a tenant that is %s by now', (name, status) => {
  const email = emailNamed(name);
  if (!email) throw new Error(`There is no mail ${name}`);
  expect(renderedFor(email, { ...sampleOf(email), status })).toBeNull();
  expect(renderedFor(email, sampleOf(email))).not.toBeNull();
});

test('a failed setup during the trial says that nothing was charged, and after it that everything goes back', () => {
  const email = emailNamed('provisioning-failed');
  if (!email) throw new Error('There is no such mail');
  expect(renderedFor(email, sampleOf(email))?.text).toContain('nothing was charged');
  expect(renderedFor(email, { ...sampleOf(email), trial_ends_at: null })?.text).toContain(
    'goes back to your card in full',
  );
});

test('the end of a subscription is put in writing where it is news to the customer', () => {
  const email = emailNamed('subscription-ended');
  const keyFor = (reason: string) =>
    email?.dedupeKey({ id: 'evt_1', tenantId: 'tenant_1', data: { reason, refunded_cents: 0 } });
  expect(['customer', 'payment_failed'].map(keyFor)).not.toContain(null);
  expect(['provisioning_failed', 'duplicate', 'erasure'].map(keyFor)).toEqual([null, null, null]);
});

test('a customer who is paused twice is told twice, and of one pause once', () => {
  const email = emailNamed('account-suspended');
  const key = (id: string) => email?.dedupeKey({ id, tenantId: 'tenant_1', data: { reason: 'payment_failed' } });
  expect(key('evt_1')).toBe(key('evt_1'));
  expect(key('evt_1')).not.toBe(key('evt_2'));
});

function sampleOf(email: Email): Extract<Addressee, { to: 'customer' }> {
  if (email.sample.to !== 'customer') throw new Error(`${email.name} goes to ${email.sample.to}`);
  return email.sample;
}
