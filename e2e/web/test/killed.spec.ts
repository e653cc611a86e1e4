import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launch, visit } from './support/browser.js';
import { Stranger } from './support/stranger.js';
import { eventually, isAnswering, type Service, signal } from './support/system.js';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser.close());

/** Names that only a stack trace or a page that was not made would show. */
const internals = /\bat \S+ \(|node_modules|\.[jt]sx?:\d+|TypeError|\bundefined\b|\[object/;

/** Provisioner, gateway and workspace are killed in specs of their own. */
test('with notifier, analytics and billing killed each at its moment, a stranger gets there and is told the truth', async () => {
  const { page, context, complaints } = await visit(browser);
  const stranger = new Stranger(page);
  const shown: string[] = [];
  const kill = async (service: Service) => {
    signal(service, 'SIGKILL');
    shown.push(await page.locator('main').innerText());
  };
  await page.goto('/signup');
  // Who mails the code.
  await kill('notifier');
  await stranger.signUp();
  await stranger.typeCode();
  // Who counts; nobody may wait for that one.
  await kill('analytics');
  await stranger.goToPayment();
  await page.getByLabel('Card number').waitFor();
  // Who hears from Stripe and knows what was paid.
  signal('billing-webhooks', 'SIGKILL');
  await stranger.pay();
  await page.locator('main h1').waitFor();
  shown.push(await page.locator('main').innerText());
  await page.getByRole('heading', { name: 'Your workspace is ready' }).waitFor({ timeout: 45_000 });
  for (const text of shown) {
    expect(text.trim()).not.toBe('');
    expect(text).not.toMatch(internals);
    expect(text).not.toMatch(/pay again(?!\.)|declined|failed/i);
  }
  for (const service of ['notifier', 'analytics', 'billing-webhooks'] as const)
    await eventually(`${service} is back`, async () => (await isAnswering(service)) || null);
  expect(complaints).toEqual([]);
  await context.close();
});
