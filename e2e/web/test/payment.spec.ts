import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launch, visit } from './support/browser.js';
import { cards, Stranger } from './support/stranger.js';
import { statusOf } from './support/system.js';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser.close());

test('a declined card is explained, and another one leads on without starting again', async () => {
  const { page, context } = await visit(browser);
  const stranger = new Stranger(page);
  await stranger.signUp();
  await stranger.typeCode();
  await stranger.goToPayment();
  await stranger.pay(cards.declined);
  await page.getByRole('alert').getByText('Your card was declined.').waitFor();
  await stranger.pay();
  await page.getByRole('heading', { name: 'Your workspace is ready' }).waitFor();
  await context.close();
});

test('a card that its bank wants confirmed works after the confirmation', async () => {
  const { page, context } = await visit(browser);
  const stranger = new Stranger(page);
  await stranger.signUp();
  await stranger.typeCode();
  await stranger.goToPayment();
  await stranger.pay(cards.threeDSecure);
  await page.getByRole('button', { name: 'Complete authentication' }).click();
  await page.getByRole('heading', { name: 'Your workspace is ready' }).waitFor();
  await context.close();
});

test('whoever pays before typing the code is told that only the code is missing', async () => {
  const { page, context } = await visit(browser);
  const stranger = new Stranger(page);
  await stranger.signUp();
  await page.goto(`/progress/${stranger.tenantId}`);
  await stranger.goToPayment();
  await stranger.pay();
  await page.getByRole('heading', { name: 'Next: your code' }).waitFor();
  await page.getByRole('link', { name: 'Type my code' }).click();
  await stranger.typeCode();
  await page.getByRole('heading', { name: 'Your workspace is ready' }).waitFor();
  await context.close();
});

test('a checkout left half-way can be taken up again, from the page and by signing up once more', async () => {
  const { page, context } = await visit(browser);
  const stranger = new Stranger(page);
  await stranger.signUp();
  await stranger.typeCode();
  await stranger.goToPayment();
  await page.getByRole('link', { name: 'Cancel and go back' }).click();
  await page.getByText('Nothing was charged, and your signup is safe').waitFor();
  await page.getByRole('link', { name: 'Go on with my signup' }).click();
  await stranger.goToPayment();
  // Another day, another browser: the same email and password go on where they stopped.
  const { page: later, context: other } = await visit(browser);
  await later.goto('/signup');
  const again = Object.assign(new Stranger(later), { email: stranger.email });
  await again.fillSignup();
  await later.getByRole('button', { name: 'Sign up and get my code' }).click();
  // The address is confirmed already, so there is no code to type: the page goes straight to what is missing.
  await later.waitForURL(`**/progress/${stranger.tenantId}`);
  await again.goToPayment();
  await again.pay();
  await later.getByRole('heading', { name: 'Your workspace is ready' }).waitFor();
  expect((await statusOf(stranger.tenantId)).status).toBe('active');
  await context.close();
  await other.close();
});

test('an address that has an account is told so, with the ways on', async () => {
  const { page, context } = await visit(browser);
  const stranger = new Stranger(page);
  await stranger.becomeActive();
  await page.goto('/signup');
  await stranger.fillSignup();
  await page.getByRole('button', { name: 'Sign up and get my code' }).click();
  await page.getByRole('alert').getByText('Email already registered').waitFor();
  await page.getByRole('link', { name: `Log in as ${stranger.email}` }).waitFor();
  await context.close();
});
