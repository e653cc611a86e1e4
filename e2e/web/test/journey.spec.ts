import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { desktop, launch, phone, visit } from './support/browser.js';
import { Stranger } from './support/stranger.js';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser.close());

const handbook = Buffer.from(
  'Meadow Bakery, house rules.\n\nThe oven must be cold before anybody cleans it.\n\nHolidays: everybody has 31 days of leave each year.\n',
);
const activatedWithinMs = 60_000;

test.each([
  ['desktop', desktop],
  ['phone', phone],
])('a stranger gets from the landing page to an answer about their own document (%s)', async (_name, viewport) => {
  const { page, context, complaints } = await visit(browser, { viewport });
  const stranger = new Stranger(page);
  const startedMs = performance.now();
  await page.goto('/');
  await page.getByRole('link', { name: /Start free for 14 days/ }).click();
  await stranger.fillSignup();
  await page.getByRole('button', { name: 'Sign up and get my code' }).click();
  await page.waitForURL('**/verify/*');
  await stranger.typeCode();
  await stranger.goToPayment();
  await stranger.pay();
  await page.getByRole('link', { name: 'Log in and ask the first question' }).click();
  // The address is remembered in this tab; only the password is asked for.
  expect(await page.getByRole('textbox', { name: 'Email' }).inputValue()).toBe(stranger.email);
  await page.getByRole('textbox', { name: 'Password' }).fill(stranger.password);
  await page.getByRole('button', { name: 'Log in' }).click();

  await page.getByRole('button', { name: /Ask .What is RAG/ }).click();
  await page.getByText('Where this comes from').waitFor();
  expect(await page.locator('mark').first().innerText()).toContain('Retrieval-Augmented Generation');
  await page.getByRole('button', { name: 'Next: add a document of mine' }).click();

  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'house-rules.txt', mimeType: 'text/plain', buffer: handbook });
  await page.getByText('Ready to be asked about').waitFor();
  await page.getByRole('button', { name: 'Next: ask about it' }).click();

  await page.getByLabel('Your question').fill('How many days of leave does everybody have?');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await page.getByText('Where this comes from').waitFor();
  expect(await page.locator('mark').first().innerText()).toContain('31 days of leave');
  await page.getByRole('button', { name: 'Done: finish the setup' }).click();
  await page.getByText('You are all set').waitFor();
  const spentMs = performance.now() - startedMs;
  console.log(`from the landing page to activation (${_name}): ${(spentMs / 1_000).toFixed(1)} s`);
  expect(spentMs).toBeLessThan(activatedWithinMs);

  // The next log-in leads to the workspace, and a reload keeps the member in.
  await page.goto('/setup');
  await page.waitForURL('**/app/questions');
  await page.getByRole('heading', { name: 'Questions' }).waitFor();
  expect(complaints).toEqual([]);
  await context.close();
});
