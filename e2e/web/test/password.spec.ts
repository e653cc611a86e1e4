import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { barriers, launch, visit } from './support/browser.js';
import { Stranger } from './support/stranger.js';
import { mailTo } from './support/system.js';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser.close());

test('a forgotten password is replaced from the mailed link, once, and the old one opens nothing', async () => {
  const { page, context, complaints } = await visit(browser);
  const stranger = new Stranger(page);
  await stranger.signUpUnseen();
  await page.goto('/login');
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  // Until its page is loaded the log-in stays, which has a field of the same name.
  await page.getByRole('heading', { name: 'Forgotten password' }).waitFor();
  await page.getByLabel('Email').fill(stranger.email);
  await page.getByRole('button', { name: 'Mail me a link' }).click();
  await page.getByText(/If there is an account with this address/).waitFor();

  const link = /https?:\S+reset-password#\S+/.exec(await mailTo(stranger.email, 'password-reset'))?.[0] ?? '';
  const useIt = async (password: string) => {
    await page.goto('about:blank');
    await page.goto(link);
    await page.getByRole('textbox', { name: 'New password' }).fill(password);
    expect(page.url()).not.toContain('#');
    await page.getByRole('button', { name: 'Change my password' }).click();
  };
  await useIt('password123');
  await page.getByText('one of the first that attackers try').waitFor();
  await useIt('walnut harbour lamp 7');
  await page.getByText('Your password is changed').waitFor();
  expect(await barriers(page)).toEqual([]);
  await useIt('once too often 88');
  await page.getByRole('link', { name: 'Mail me a new link' }).waitFor();

  await page.goto('/login');
  const logInWith = async (password: string) => {
    await page.getByRole('textbox', { name: 'Password' }).fill(password);
    await page.getByRole('button', { name: 'Log in' }).click();
  };
  await logInWith(stranger.password);
  await page.getByText('Email or password is not right.').waitFor();
  await logInWith('walnut harbour lamp 7');
  await page.waitForURL((url) => url.pathname !== '/login');
  expect(complaints).toEqual([]);
  await context.close();
});
