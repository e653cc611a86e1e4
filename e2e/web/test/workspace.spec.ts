import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { barriers, desktop, launch, visit } from './support/browser.js';
import { Stranger } from './support/stranger.js';
import { at, eventually, isAnswering, signal } from './support/system.js';

let browser: Browser;
let context: BrowserContext;
let page: Page;
let member: Stranger;
beforeAll(async () => {
  browser = await launch();
  ({ context, page } = await visit(browser));
  member = new Stranger(page);
  await member.becomeActive();
  await member.logIn();
});
afterAll(() => browser.close());

const upload = (name: string, mimeType: string, text: string | Buffer) =>
  page.locator('input[type=file]').setInputFiles({ name, mimeType, buffer: Buffer.from(text) });

test('good documents of several kinds become ready, also several at once; bad ones are refused with the reason and a way on', async () => {
  await page.goto('/app/documents');
  await page.getByText('No document of yours yet').waitFor();
  for (const [name, type, text] of [
    ['leave.txt', 'text/plain', 'Everybody has 31 days of leave each year.'],
    ['prices.md', 'text/markdown', '# Prices\n\nA loaf of rye bread costs 4.20 euros.'],
    ['rules.html', 'text/html', '<h1>Rules</h1><p>The oven must be cold before anybody cleans it.</p>'],
  ] as const) {
    await upload(name, type, text);
    await page
      .getByRole('row', { name: new RegExp(name.replace(/\.\w+$/, '')) })
      .getByText('Ready to be asked about')
      .waitFor();
  }
  // Dropped together, and one more while they are being sent: none is left out.
  await page
    .locator('input[type=file]')
    .setInputFiles(['travel.pdf', 'parking.docx'].map((file) => join(import.meta.dirname, 'files', file)));
  await upload('canteen.txt', 'text/plain', 'The canteen serves soup at noon.');
  for (const word of ['travel', 'parking', 'canteen'])
    await page
      .getByRole('row', { name: new RegExp(word) })
      .getByText('Ready to be asked about')
      .waitFor();
  await upload('broken.pdf', 'application/pdf', '%PDF-1.7 this is not one');
  await page
    .getByRole('alert')
    .getByText(/damaged|does not fit|cannot be read/)
    .waitFor();
  await upload('empty.txt', 'text/plain', '   ');
  await page
    .getByRole('alert')
    .getByText(/holds no text/)
    .waitFor();
  await page.locator('input[type=file]').setInputFiles([
    { name: 'photo.png', mimeType: 'image/png', buffer: Buffer.from('png') },
    { name: 'large.txt', mimeType: 'text/plain', buffer: Buffer.alloc(10 * 1_024 * 1_024 + 1, 'a') },
    { name: 'parcels.txt', mimeType: 'text/plain', buffer: Buffer.from('Parcels are handed in at the gate.') },
  ]);
  // What is good among them is taken, and what is not is said.
  await page
    .getByRole('row', { name: /parcels/ })
    .getByText('Ready to be asked about')
    .waitFor();
  await page.getByText('photo.png is of a kind we cannot read').waitFor();
  await page.getByText('large.txt is larger than 10 MB').waitFor();
});

test('a document that did not get through is called that, and a dialog says how it is closed and forgets its refusal', async () => {
  await page.route('**/v1/documents', (route) => route.abort());
  await upload('lost.txt', 'text/plain', 'On its way.');
  const note = page.getByRole('alert').filter({ hasText: 'Should lost.txt not be listed below' });
  await note.waitFor();
  expect(await note.innerText()).not.toMatch(/typed|any other document/);
  await page.unroute('**/v1/documents');
  await page.route('**/v1/documents/*', (route) => route.abort());
  await page.getByRole('button', { name: 'Delete leave' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await dialog.getByRole('alert').waitFor();
  expect(await barriers(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.unroute('**/v1/documents/*');
  await page.getByRole('button', { name: 'Delete prices' }).click();
  await dialog.getByText('prices is removed with everything').waitFor();
  expect(await dialog.getByRole('alert').count()).toBe(0);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
});

test('a name of a hundred letters breaks on a window of 320 pixels, as does every table there', async () => {
  const name = 'Annual_report_'.repeat(8);
  await upload(`${name}.txt`, 'text/plain', 'The founding year of the bakery is 1911.');
  await page.getByRole('row', { name }).getByText('Ready to be asked about').waitFor();
  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto('/app/documents');
  await page.getByRole('row', { name }).waitFor();
  const tooWide: string[] = [];
  const look = async (what: string) => {
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (wider > 0) tooWide.push(`${what}: ${wider} px`);
  };
  await look('documents');
  await page.goto('/app/questions');
  await page.getByLabel('Your question').fill('What is the founding year of the bakery?');
  await page.keyboard.press('Enter');
  await page.getByRole('article').getByText(`[1] ${name}`).waitFor();
  await look('answer');
  await page.goto('/app/keys');
  await page.getByRole('button', { name: /^Revoke/ }).waitFor();
  await look('keys');
  expect(tooWide).toEqual([]);
  // What stands in a fixed header is cut off instead of making the page wider.
  const logOut = await page.getByRole('button', { name: 'Log out' }).boundingBox();
  expect((logOut?.x ?? 320) + (logOut?.width ?? 0)).toBeLessThan(320);
  await page.setViewportSize(desktop);
});

test('an answer comes with the marked passage; the next question, typed meanwhile, stays, and what nobody knows is told so', async () => {
  await page.goto('/app/questions');
  await page.getByLabel('Your question').fill('What does a loaf of rye bread cost?');
  await page.keyboard.press('Enter');
  // Typed while the first one is being answered: it must not be wiped when the answer comes.
  await page.getByLabel('Your question').fill('Who won the chess tournament of 1851?');
  const answer = page.getByRole('article', { name: /rye bread/ });
  await answer.getByText('Where this comes from').waitFor();
  expect(await answer.locator('mark').first().innerText()).toContain('4.20 euros');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await page.getByText('Your documents do not contain an answer to this.').waitFor();
});

test('with the workspace service killed, a question is refused without a loss, and the views come back by themselves', async () => {
  await page.goto('/app/questions');
  await page.getByLabel('Your question').fill('How many days of leave are there?');
  signal('workspace', 'SIGKILL');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await page.getByText('What you typed is still here').waitFor();
  expect(await page.getByLabel('Your question').inputValue()).toBe('How many days of leave are there?');
  await page.getByRole('link', { name: 'Usage' }).click();
  // No reload from here on: the page looks until it has something.
  await page.getByText('This month of yours').waitFor({ timeout: 45_000 });
  await eventually('the workspace is back', async () => (await isAnswering('workspace')) || null);
  await page.getByRole('link', { name: 'Questions' }).click();
  await page.getByLabel('Your question').fill('How many days of leave are there?');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await page
    .getByRole('article', { name: /days of leave/ })
    .getByText('Where this comes from')
    .waitFor();
});

test('a key is shown once and works; its replacement ends it, and a revoked one opens nothing', async () => {
  const statusWith = async (key: string) =>
    (await fetch(at('signup', '/v1/usage'), { headers: { authorization: `Bearer ${key}` } })).status;
  await page.goto('/app/keys');
  await page.getByRole('button', { name: /^Show it once/ }).click();
  const first = await page.locator('pre', { hasText: /^sk_live_/ }).innerText();
  expect(await statusWith(first)).toBe(200);
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await page.reload();
  await page.getByRole('button', { name: /^Replace the key for/ }).click();
  expect(await page.content()).not.toContain(first);
  await page.getByRole('dialog').getByRole('button', { name: 'Replace' }).click();
  const second = await page.locator('pre', { hasText: /^sk_live_/ }).innerText();
  expect([await statusWith(first), await statusWith(second)]).toEqual([401, 200]);
  await page.getByRole('button', { name: /^Revoke the key for/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  // The replaced one, and now this one.
  await page.getByText('Revoked', { exact: true }).nth(1).waitFor();
  expect(await statusWith(second)).toBe(401);
});

test('a plan is changed on the payment partner’s page, and billing and limits follow', async () => {
  await page.goto('/app/billing');
  await page.getByText(/Free trial until .* Nothing is charged before/).waitFor();
  await page.getByText(/ending in 4242/).waitFor();
  await page.getByRole('button', { name: 'Upgrade to Pro' }).click();
  await page.waitForURL((url) => url.origin === at('stripe'));
  await page.getByRole('button', { name: 'Switch to Pro' }).click();
  await page.getByText('Your plan was changed.').waitFor();
  await page.getByRole('link', { name: 'Return to Latchkey' }).click();
  await page.getByRole('heading', { name: 'Pro', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Go down to Starter' }).waitFor();
  await page.goto('/app/usage');
  await page.getByText(/of 100,000/).waitFor();
});

test('data can be taken along, and the account deleted with the typed word and the password only', async () => {
  await page.goto('/app/account');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download my data' }).click();
  expect((await download).suggestedFilename()).toBe('latchkey-export.json');
  await page.getByRole('button', { name: 'Delete my account' }).click();
  const dialog = page.getByRole('dialog');
  const last = dialog.getByRole('button', { name: 'Delete everything' });
  await dialog.getByRole('textbox', { name: 'Your password' }).fill('not this one');
  expect(await last.isDisabled()).toBe(true);
  await dialog.getByLabel('Type “delete” to confirm').fill('delete');
  await last.click();
  await dialog.getByText('This password is not right.').waitFor();
  await dialog.getByRole('textbox', { name: 'Your password' }).fill(member.password);
  await last.click();
  await page.waitForURL((url) => url.pathname === '/');
  await page.goto('/app/keys');
  await page.waitForURL('**/login?next=*');
  await context.close();
});
