import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { barriers, desktop, launch, phone, photograph, visit } from './support/browser.js';
import { Stranger } from './support/stranger.js';
import { at, eventually, fault, mailTo, operatorToken } from './support/system.js';

let browser: Browser;
const operator = { email: `op-${randomUUID().slice(0, 8)}@latchkey.example`, password: randomUUID() };
const viewer = { email: `view-${randomUUID().slice(0, 8)}@latchkey.example`, password: randomUUID() };

beforeAll(async () => {
  browser = await launch();
  await addOperator(operator, 'operator');
  await addOperator(viewer, 'viewer');
});
afterAll(() => browser.close());

async function addOperator(account: { email: string; password: string }, role: string): Promise<void> {
  const answer = await fetch(at('signup', '/api/operator/operators'), {
    method: 'POST',
    headers: { authorization: `Bearer ${operatorToken()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...account, role }),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

async function logIn(page: Page, { email, password }: { email: string; password: string }): Promise<void> {
  await page.goto('/console');
  await page.getByLabel('Email').fill(email);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'Activation funnel' }).waitFor();
}

test('an operator finds a customer whose welcome never came, sees why, and sends it in their own name', async () => {
  const customer = await visit(browser);
  const stranger = new Stranger(customer.page);
  await stranger.signUp();
  await stranger.typeCode();
  await stranger.goToPayment();
  const heal = await fault({ vendor: 'sendgrid', path: '/v3/mail/send' }, { type: 'status', status: 400 });
  await stranger.pay();
  await customer.page.getByRole('heading', { name: 'Your workspace is ready' }).waitFor();

  const { page, context, complaints } = await visit(browser);
  await logIn(page, operator);
  await page.getByRole('link', { name: 'Stuck customers' }).click();
  const stuck = page.getByRole('row').filter({ hasText: stranger.email });
  await stuck.getByText('The welcome mail was never sent').waitFor();
  await stuck.getByRole('button', { name: 'Send the welcome mail' }).waitFor();
  expect(await barriers(page)).toEqual([]);
  await photograph(page, 'console-stuck');
  await page.getByRole('link', { name: 'Find a customer' }).click();
  await page.getByLabel(/Email address or/).fill(stranger.email);
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByRole('link', { name: stranger.tenantId }).click();
  await page
    .getByText(/The welcome mail could not be sent/)
    .first()
    .waitFor();
  await page.getByText('Checkout completed').waitFor();
  await page.getByRole('row', { name: /^Welcome failed/ }).waitFor();
  await page.getByRole('row', { name: /^sub_.* Starter Trialing/ }).waitFor();
  await page.getByText('Email failed').first().waitFor();
  await page.getByRole('heading', { level: 1, name: 'Meadow Bakery' }).waitFor();
  expect(await barriers(page)).toEqual([]);
  await photograph(page, 'console-tenant');
  await page.setViewportSize(phone);
  await page.waitForFunction(() => document.documentElement.scrollWidth <= window.innerWidth);
  await page.getByRole('row').filter({ hasText: 'Welcome' }).getByRole('button', { name: 'Send again' }).waitFor();
  await photograph(page, 'console-tenant-phone');
  await page.setViewportSize(desktop);

  await heal();
  await page.getByRole('button', { name: 'Resend welcome' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(/Why/).fill('the mail service is back');
  expect(await barriers(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Resend welcome' }).click();
  await dialog.waitFor({ state: 'hidden' });
  expect(await mailTo(stranger.email, 'welcome')).toContain('Meadow Bakery');

  await page.getByRole('link', { name: 'Audit' }).click();
  await page.getByRole('cell', { name: operator.email }).first().waitFor();
  await page.getByLabel('Acts in').selectOption('notifier');
  const act = page.getByRole('row').filter({ hasText: 'the mail service is back' }).filter({ hasText: operator.email });
  await act.first().waitFor();
  expect(complaints).toEqual([]);
  await context.close();
  await customer.context.close();
});

test('every page of the console can be used with a screen reader, and with a phone, in light and dark', async () => {
  for (const [options, account] of [
    [{ colorScheme: 'light' as const }, operator],
    [{ colorScheme: 'dark' as const, viewport: phone }, viewer],
  ] as const) {
    const { page, context, complaints } = await visit(browser, options);
    await page.goto('/console');
    await page.getByRole('heading', { name: 'Operator console' }).waitFor();
    expect(await barriers(page)).toEqual([]);
    await logIn(page, account);
    const found: Record<string, string[]> = {};
    for (const path of [
      '',
      '/stuck',
      '/find',
      '/runs',
      '/alerts',
      '/dead-letters',
      '/audit',
      '/stages/verified_email/reached',
    ]) {
      await page.goto(`/console${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await eventually('the panels', async () =>
        (await page.locator('[aria-busy=true]').count()) === 0 ? true : null,
      );
      found[path] = await barriers(page);
      await photograph(
        page,
        `console${path.split('/').slice(0, 2).join('-')}${account === viewer ? '-phone-dark' : ''}`,
      );
      const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (tooWide > 0) found[path].push(`${tooWide} px wider than the window`);
    }
    expect(Object.entries(found).filter(([, list]) => list.length > 0)).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  }
}, 240_000);

test('a viewer sees everything and is offered nothing to do', async () => {
  const { page, context } = await visit(browser);
  await logIn(page, viewer);
  await page.getByText(`${viewer.email} (viewer)`).waitFor();
  await page.getByRole('link', { name: 'Dead letters' }).click();
  await page.getByRole('heading', { name: /^signup/ }).waitFor();
  expect(await page.getByRole('button', { name: /Handle|Discard/ }).count()).toBe(0);
  await page.goto('/console/tenants/tenant_nobody');
  await page.getByRole('heading', { name: 'No such customer' }).waitFor();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('heading', { name: 'Operator console' }).waitFor();
  await context.close();
});

test('numbers of a service that went away are called old, and who is logged out elsewhere sees the log-in', async () => {
  const { page, context } = await visit(browser);
  await logIn(page, viewer);
  await page.getByRole('link', { name: 'Provisioning' }).click();
  await page.getByRole('table', { name: 'Finished' }).waitFor();
  await page.route('**/api/operator/provisioner/**', (route) => route.fulfill({ status: 502 }));
  await page
    .getByText(/Below is what was known at/)
    .first()
    .waitFor();
  await page.getByRole('table', { name: 'Finished' }).waitFor();
  await page.unrouteAll();
  await page
    .getByText(/Below is what was known at/)
    .first()
    .waitFor({ state: 'hidden' });
  expect((await context.request.post('/api/console/logout', { data: {} })).status()).toBe(204);
  await page.getByRole('heading', { name: 'Operator console' }).waitFor();
  await context.close();
});
