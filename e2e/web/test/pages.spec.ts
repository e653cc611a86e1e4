import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { barriers, desktop, launch, phone, photograph, visit } from './support/browser.js';
import { Stranger } from './support/stranger.js';

let browser: Browser;
let context: BrowserContext;
let page: Page;
let complaints: string[];
let waiting: Stranger;
beforeAll(async () => {
  browser = await launch();
  ({ context, page, complaints } = await visit(browser, { colorScheme: 'light' }));
  waiting = new Stranger(page);
  await waiting.signUp();
  const member = new Stranger(page);
  await member.becomeActive();
  await member.logIn();
});
afterAll(() => browser.close());

/** What must be on the page before it is looked at: it has loaded what it shows. */
const pages: [name: string, path: string | (() => string), ready: string][] = [
  ['landing', '/', 'Plans'],
  ['signup', '/signup', 'I am a person'],
  ['signup-cancelled', '/signup?cancelled=true', 'Nothing was charged, and your signup is safe'],
  ['verify', () => `/verify/${waiting.tenantId}`, 'Check your mail'],
  ['progress', () => `/progress/${waiting.tenantId}`, 'Email confirmed'],
  ['checkout-unknown', '/onboarding/success?session_id=cs_none', 'We do not know this payment'],
  ['forgot-password', '/forgot-password', 'Mail me a link'],
  ['reset-password', '/reset-password#prs_1.none', 'Change my password'],
  ['guides', '/docs', 'Quick start'],
  ['guide', '/docs/examples', 'Add a document'],
  ['terms', '/legal/terms', 'Questions before you sign'],
  ['setup', '/setup', 'three short sample documents'],
  ['questions', '/app/questions', 'Your question'],
  ['documents', '/app/documents', 'No document of yours yet'],
  ['keys', '/app/keys', 'Begins with'],
  ['usage', '/app/usage', 'This month of yours'],
  ['billing', '/app/billing', 'Free trial until'],
  ['settings', '/app/settings', 'What your plan includes'],
  ['account', '/app/account', 'Take my data with me'],
];

async function open(path: string | (() => string), ready: string): Promise<void> {
  await page.goto(typeof path === 'string' ? path : path());
  await page.getByText(ready).first().waitFor();
}

describe.each(pages)('%s', (name, path, ready) => {
  test('can be used with a screen reader, in light and dark, and fits a phone', async () => {
    await page.setViewportSize(desktop);
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    await open(path, ready);
    expect(await barriers(page)).toEqual([]);
    await photograph(page, name);
    // Both at once: what is wrong with either is found, at half the time.
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    await page.locator('html[data-mantine-color-scheme=dark]').waitFor({ state: 'attached' });
    await page.setViewportSize(phone);
    await page.getByText(ready).first().waitFor();
    expect(await barriers(page)).toEqual([]);
    const wider = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(wider).toBeLessThanOrEqual(0);
    await photograph(page, `${name}-phone-dark`);
    expect(await page.title()).toMatch(/Latchkey/);
    expect(complaints).toEqual([]);
  });
});

test('the log-in page can be used with a screen reader', async () => {
  const { page: guest, context: other } = await visit(browser);
  for (const colorScheme of ['light', 'dark'] as const) {
    await guest.emulateMedia({ colorScheme });
    await guest.goto('/login');
    await guest.getByRole('button', { name: 'Log in' }).waitFor();
    expect(await barriers(guest)).toEqual([]);
  }
  await other.close();
});

test('a member’s page asked for by a guest leads to the log-in and back, and never to another site', async () => {
  const { page: guest, context: other } = await visit(browser);
  await guest.goto('/app/keys');
  await guest.waitForURL('**/login?next=%2Fapp%2Fkeys');
  await other.close();
  // The member of this browser is logged in already, so the link is followed at once.
  await page.setViewportSize(desktop);
  for (const next of ['//evil.example', 'https://evil.example', '/\\evil.example']) {
    await page.goto(`/login?next=${encodeURIComponent(next)}`);
    await page.waitForURL((url) => url.pathname !== '/login');
    expect(new URL(page.url()).host).toBe(new URL(String(context.pages()[0]?.url())).host);
    expect(page.url()).not.toContain('evil');
  }
});

test('an inline script is refused by the page’s policy', async () => {
  const { page: guest, context: other } = await visit(browser);
  await guest.goto('/');
  const ran = await guest.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.inlineRan = true';
    document.head.append(script);
    return 'inlineRan' in window;
  });
  expect(ran).toBe(false);
  await other.close();
});

test('the signup page needs at most 200 kB of JavaScript, and nothing on it moves while it comes', async () => {
  const { page: guest, context: other } = await visit(browser);
  let bytes = 0;
  const client = await other.newCDPSession(guest);
  await client.send('Network.enable');
  const scripts = new Set<string>();
  client.on('Network.responseReceived', ({ requestId, response }) => {
    if (/javascript/.test(response.mimeType) && new URL(response.url).pathname.startsWith('/assets/'))
      scripts.add(requestId);
  });
  client.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) bytes += encodedDataLength;
  });
  await guest.addInitScript(() => {
    Object.assign(window, { moved: 0 });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number })[])
        (window as unknown as { moved: number }).moved += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
  // gzip, not brotli, which every browser would take and which is smaller.
  await other.route('**/assets/*', (route) =>
    route.continue({ headers: { ...route.request().headers(), 'accept-encoding': 'gzip' } }),
  );
  await guest.goto('/signup');
  await guest.getByLabel(/I am a person/).waitFor();
  await guest.waitForLoadState('networkidle');
  console.log(`JavaScript of the signup page: ${(bytes / 1_000).toFixed(0)} kB gzip`);
  expect(bytes).toBeGreaterThan(20_000);
  expect(bytes).toBeLessThan(200_000);
  expect(await guest.evaluate(() => (window as unknown as { moved: number }).moved)).toBeLessThan(0.1);
  await other.close();
});
