import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launch, visit } from './support/browser.js';
import { Stranger } from './support/stranger.js';

let browser: Browser;
let context: BrowserContext;
let page: Page;
let member: Stranger;
let other: Stranger;
beforeAll(async () => {
  browser = await launch();
  ({ context, page } = await visit(browser));
  member = new Stranger(page);
  other = new Stranger(page);
  await member.signUpUnseen();
  await other.signUpUnseen();
});
afterAll(() => browser.close());
beforeEach(async () => {
  await logInBeside(member);
  await page.goto('/app/account');
  await page.getByRole('button', { name: 'Download my data' }).waitFor();
});

/** As in another browser window: this tab hears nothing of it, only the cookie is a new one. */
async function logInBeside({ email, password }: Stranger): Promise<void> {
  const answer = await context.request.post('/api/auth/login', { data: { email, password } });
  expect(answer.status()).toBe(200);
}

test('a log-out counts in every tab', async () => {
  const second = await context.newPage();
  await second.goto('/app/account');
  await second.getByRole('button', { name: 'Log out' }).click();
  await page.waitForURL((url) => url.pathname === '/');
  await second.close();
});

test('a log-out that could not be told is told before anybody is let in again', async () => {
  await context.route('**/api/auth/logout', (route) => route.abort());
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.waitForURL('**/login?next=*');
  await context.unroute('**/api/auth/logout');
  await page.goto('/app/account');
  await page.waitForURL('**/login?next=*');
  // Not only in this browser: the cookie is good for nothing any more.
  expect((await context.request.post('/api/auth/refresh')).status()).toBe(401);
});

test('a tab never goes on in the name of who logged in elsewhere in this browser', async () => {
  await logInBeside(other);
  const asked: (string | undefined)[] = [];
  // What the service says when the access token has run out, fifteen minutes later.
  await page.route('**/api/tenant/export', (route) => {
    asked.push(route.request().headers()['authorization']);
    return asked.length > 1
      ? route.continue()
      : route.fulfill({ status: 401, json: { status: 401, code: 'token_expired', title: 'Log in again.' } });
  });
  await page.getByRole('button', { name: 'Download my data' }).click();
  await page.waitForURL((url) => url.pathname === '/');
  expect(asked).toHaveLength(1);
});

test('what one member saw is not there for the next one in the same tab', async () => {
  const expired = { status: 401, json: { status: 401, code: 'token_expired', title: 'Log in again.' } };
  const seen = { document_id: 'doc_1', title: 'Seen by one', state: 'indexed', uploaded_at: new Date().toISOString() };
  await page.route('**/v1/documents?*', (route) => route.fulfill({ json: { documents: [seen], next_after: null } }));
  await page.getByRole('link', { name: 'Documents' }).click();
  await page.getByText('Seen by one').waitFor();
  // The session is ended elsewhere, and the next person logs in on the page that comes.
  await page.route('**/api/auth/refresh', (route) => route.fulfill(expired));
  await page.route('**/api/tenant/export', (route) => route.fulfill(expired));
  await page.getByRole('link', { name: 'Account' }).click();
  await page.getByRole('button', { name: 'Download my data' }).click();
  await page.waitForURL('**/login?next=*');
  await page.route('**/v1/documents?*', () => undefined); // It takes its time.
  await page.getByLabel('Email').fill(other.email);
  await page.getByRole('textbox', { name: 'Password' }).fill(other.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('link', { name: 'Documents' }).click();
  await page.getByRole('heading', { name: 'Documents' }).waitFor();
  expect(await page.getByText('Seen by one').count()).toBe(0);
  await page.unrouteAll();
});

test('a gateway that is busy logs nobody out', async () => {
  let asked = 0;
  await page.route('**/api/auth/refresh', (route) =>
    asked++ > 0
      ? route.continue()
      : route.fulfill({ status: 429, json: { status: 429, code: 'rate_limited', title: 'Too many requests.' } }),
  );
  await page.reload();
  await page.getByRole('button', { name: 'Download my data' }).waitFor();
  expect(asked).toBe(2);
});
