import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { barriers, launch, visit } from './support/browser.js';
import { Stranger } from './support/stranger.js';
import { eventually, fault, isAnswering, signal } from './support/system.js';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser.close());

/** Signed up, confirmed and on the payment page; what is broken for this tenant is broken before the money moves. */
async function aboutToPay(): Promise<Stranger & { close: () => Promise<void> }> {
  const { page, context } = await visit(browser);
  const stranger = new Stranger(page);
  await stranger.signUp();
  await stranger.typeCode();
  await stranger.goToPayment();
  return Object.assign(stranger, { close: () => context.close() });
}

test('a slow setting-up is shown step by step with the time spent and two ways out, and ends by itself', async () => {
  const stranger = await aboutToPay();
  const { page } = stranger;
  const mend = await fault(
    { vendor: 'pinecone', tenant: stranger.tenantId },
    { type: 'status', status: 503, headers: { 'retry-after': '1' } },
  );
  await stranger.pay();
  await page.getByRole('heading', { name: 'We are setting up your workspace' }).waitFor();
  await page.getByText(/\d+ s so far/).waitFor();
  await page.getByText(/You can close this page/).waitFor();
  await page.getByRole('link', { name: 'Write to us' }).waitFor();
  await page.getByRole('link', { name: 'Meanwhile, read the quick start' }).waitFor();
  expect(await barriers(page)).toEqual([]);
  await mend();
  await page.getByRole('heading', { name: 'Your workspace is ready' }).waitFor({ timeout: 45_000 });
  await stranger.close();
});

test('a failed setting-up is admitted, and says what becomes of the money and what to do now', async () => {
  const stranger = await aboutToPay();
  const { page } = stranger;
  const mend = await fault(
    // Only the writing: what was half done can be taken away again.
    { vendor: 'pinecone', path: '/vectors/upsert', tenant: stranger.tenantId },
    { type: 'status', status: 400 },
  );
  await stranger.pay();
  await page.getByRole('heading', { name: 'This signup has ended' }).waitFor({ timeout: 45_000 });
  await page.getByText(/Your subscription is cancelled and nothing was charged/).waitFor();
  await page.getByRole('link', { name: 'Sign up again' }).waitFor();
  await page.getByRole('link', { name: 'Write to us' }).waitFor();
  await mend();
  await stranger.close();
});

test('with the provisioner killed while one waits, the page tells the truth and goes on by itself', async () => {
  const stranger = await aboutToPay();
  const { page } = stranger;
  signal('provisioner', 'SIGKILL');
  await stranger.pay();
  await page.getByRole('heading', { name: 'Your workspace is ready' }).waitFor({ timeout: 45_000 });
  await eventually('the provisioner is back', async () => (await isAnswering('provisioner')) || null);
  await stranger.close();
});

test('with the gateway itself killed, the page keeps what it knows, says so, and recovers without a reload', async () => {
  const stranger = await aboutToPay();
  const { page } = stranger;
  await page.goto(`/progress/${stranger.tenantId}`);
  await page.getByRole('heading', { name: 'Next: your card' }).waitFor();
  signal('signup', 'SIGKILL');
  await page.getByText('We cannot be reached for a moment').waitFor();
  expect(await page.getByText('Email confirmed').isVisible()).toBe(true);
  await page.getByText('We cannot be reached for a moment').waitFor({ state: 'hidden', timeout: 45_000 });
  await stranger.goToPayment();
  await stranger.pay();
  await page.getByRole('heading', { name: 'Your workspace is ready' }).waitFor({ timeout: 45_000 });
  await stranger.close();
});
