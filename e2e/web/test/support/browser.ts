import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { at } from './system.js';

export const desktop = { width: 1280, height: 800 };
export const phone = { width: 390, height: 844 };

/** The machine's own Chromium: downloading one belongs to nobody's test run. */
function chromiumPath(): string {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const places = (process.env['PATH'] ?? '').split(delimiter).flatMap((dir) => names.map((name) => join(dir, name)));
  const given = process.env['CHROMIUM_PATH'];
  const found = (given ? [given] : places).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found) return found;
  throw new Error(
    given
      ? `CHROMIUM_PATH says ${given}, and no program is there.`
      : 'The browser tests need Chromium: install it (apt-get install chromium), or say where it is with CHROMIUM_PATH.',
  );
}

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
