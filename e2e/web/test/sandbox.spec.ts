import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { barriers, launch, phone, photograph, visit } from './support/browser.js';
import { Stranger } from './support/stranger.js';
import { at, mailTo } from './support/system.js';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser.close());

test('a mail is found, read as in a mail program, and its link followed', async () => {
  const { page, context } = await visit(browser);
  const stranger = new Stranger(page);
  const { email } = stranger;
  await stranger.signUpUnseen();
  await fetch(at('signup', '/api/auth/forgot-password'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email }),
  });
  await mailTo(email, 'password-reset');
  await page.goto(at('console', '/inbox'));
  await page.getByRole('searchbox').fill(email);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: /Choose a new Latchkey password/ }).click();
  await photograph(page, 'sandbox-mail');
  expect(await barriers(page)).toEqual([]);
  const opened = page.waitForEvent('popup');
  await page.frameLocator('iframe').getByRole('link', { name: 'Choose a new password' }).click();
  await (await opened).getByRole('heading', { name: 'Choose a new password' }).waitFor();

  await page.getByRole('link', { name: 'Stripe', exact: true }).click();
  await page.getByRole('cell', { name: email }).waitFor();
  await photograph(page, 'sandbox-stripe');
  await context.close();
});

test('a failure is switched on and off by keyboard, on a phone, and its state is said', async () => {
  const { page, context } = await visit(browser, { viewport: phone, colorScheme: 'dark' });
  await page.goto(at('console', '/'));
  // The one that harms nobody who signs up meanwhile.
  const name = 'Failure 5: the welcome mail lands in spam';
  const control = page.getByRole('switch', { name });
  expect(await control.getAttribute('aria-checked')).toBe('false');
  await control.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('switch', { name, checked: true }).waitFor();
  expect(await barriers(page)).toEqual([]);
  await photograph(page, 'sandbox-phone-dark');
  await page.getByRole('switch', { name }).press('Space');
  await page.getByRole('switch', { name, checked: false }).waitFor();
  await context.close();
});
