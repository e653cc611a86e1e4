import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launch, phone, visit } from './support/browser.js';
import { Stranger } from './support/stranger.js';
import { codeMailedTo } from './support/system.js';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser.close());

test('the signup form says at each field what is wrong, as one types, and sends nothing until it is right', async () => {
  const { page, context } = await visit(browser);
  const sent: string[] = [];
  page.on('request', (request) => request.method() === 'POST' && sent.push(request.url()));
  await page.goto('/signup');
  await page.getByLabel('Work email').fill('nobody');
  await page.getByLabel('Company').fill('Meadow Bakery');
  await page.getByText('Please give a valid email address.').waitFor();
  await page.getByRole('textbox', { name: 'Password' }).fill('meadow bakery 1');
  await page.keyboard.press('Tab');
  await page.getByText('Please do not use your company’s name in the password.').waitFor();
  await page.getByRole('button', { name: 'Sign up and get my code' }).click();
  await page.getByText('Please accept the terms to go on.').waitFor();
  expect(sent).toEqual([]);
  // What only the service knows comes back to the field it is about.
  const stranger = new Stranger(page);
  await stranger.fillSignup();
  await page.getByRole('textbox', { name: 'Password' }).fill('password123');
  await page.getByRole('button', { name: 'Sign up and get my code' }).click();
  await page.getByText('one of the first that attackers try').waitFor();
  await context.close();
});

test('a page that somebody goes to begins at its top, with the focus in it; a field that waits for a code has it already', async () => {
  const { page, context } = await visit(browser, { viewport: phone });
  await page.goto('/');
  await page.getByRole('link', { name: 'Start with Pro' }).click();
  await page.getByRole('heading', { name: /^Start free/ }).waitFor();
  await page.waitForFunction(() => document.activeElement?.id === 'main' && scrollY === 0);
  const stranger = new Stranger(page);
  await stranger.fillSignup();
  await page.getByRole('button', { name: 'Sign up and get my code' }).click();
  await page.getByRole('heading', { name: 'Check your mail' }).waitFor();
  await page.waitForFunction(() => document.activeElement?.tagName === 'INPUT' && scrollY === 0);
  await context.close();
});

test('a wrong code is counted and said; a new code cannot be asked for before its time', async () => {
  const { page, context } = await visit(browser);
  const stranger = new Stranger(page);
  await stranger.signUp();
  const code = await codeMailedTo(stranger.email);
  await page.getByRole('textbox').first().focus();
  await page.keyboard.type(code === '000000' ? '000001' : '000000');
  await page.getByText('4 tries are left.').waitFor();
  const resend = page.getByRole('button', { name: /New code in \d+ s/ });
  expect(await resend.isDisabled()).toBe(true);
  await stranger.typeCode();
  await context.close();
});

test('a wrong password is refused in one sentence, and the form keeps the address', async () => {
  const { page, context } = await visit(browser);
  await page.goto('/login');
  await page.getByLabel('Email').fill('nobody@customers.example');
  await page.getByRole('textbox', { name: 'Password' }).fill('not this one');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('alert').getByText('Email or password is not right.').waitFor();
  expect(await page.getByRole('textbox', { name: 'Email' }).inputValue()).toBe('nobody@customers.example');
  await context.close();
});
