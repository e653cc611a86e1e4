import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { chromiumPath } from './chromium.js';
import { at } from './system.js';

export const desktop = { width: 1280, height: 800 };
export const phone = { width: 390, height: 844 };

export function launch(): Promise<Browser> {
  // As root, and in most containers, Chromium has no sandbox; it only ever sees our own pages here.
  return chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** What the test environment describes when a test fails. */
const openPages = new Set<Page>();
Object.assign(globalThis, { openPages });

/** A visitor's browser. `complaints` is what the pages themselves did wrong: errors, and what the policy refused. */
export async function visit(
  browser: Browser,
  options: { viewport?: typeof desktop; colorScheme?: 'light' | 'dark' } = {},
): Promise<{ context: BrowserContext; page: Page; complaints: string[] }> {
  const context = await browser.newContext({ baseURL: at('signup'), viewport: desktop, ...options });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  openPages.add(page);
  page.once('close', () => openPages.delete(page));
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy|Warning:/.test(message.text())) complaints.push(message.text());
  });
  return { context, page, complaints };
}

/** What a screen reader's user could not use, each with where it is. */
export async function barriers(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    // Looks into no foreign frame, which our pages do not have, and takes half the time.
    .setLegacyMode(true)
    .analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map((node) => `${node.target.join(' ')} (${node.failureSummary ?? ''})`).join('; ')}`,
    );
}

/** With SCREENSHOTS=1 pages are also photographed for the documentation; a usual run changes no file. */
const screens = process.env['SCREENSHOTS'] ? resolve(import.meta.dirname, '../../../../docs/screens') : null;

export async function photograph(page: Page, name: string): Promise<void> {
  if (!screens) return;
  mkdirSync(screens, { recursive: true });
  await page.screenshot({ path: join(screens, `${name}.jpg`), type: 'jpeg', quality: 60 });
}
