import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { at, codeMailedTo } from './system.js';

export const cards = {
  good: '4242 4242 4242 4242',
  declined: '4000 0000 0000 0002',
  threeDSecure: '4000 0025 0000 3155',
};

/** Somebody who has never been here, and what they type. Everything goes through what can be seen on the pages. */
export class Stranger {
  readonly email = `web-${randomUUID().slice(0, 8)}@customers.example`;
  readonly password = 'plum kettle vista 42';
  tenantId = '';

  constructor(readonly page: Page) {}

  async fillSignup(): Promise<void> {
    const { page } = this;
    await page.getByLabel('Work email').fill(this.email);
    await page.getByLabel('Company').fill('Meadow Bakery');
    await page.getByRole('textbox', { name: 'Password' }).fill(this.password);
    await page.getByLabel(/I accept the terms/).check();
    await page.getByLabel(/I am a person/).check();
  }

  async signUp(): Promise<void> {
    await this.page.goto('/signup');
    await this.fillSignup();
    await this.page.getByRole('button', { name: 'Sign up and get my code' }).click();
    await this.page.getByRole('heading', { name: 'Check your mail' }).waitFor();
    this.tenantId = new URL(this.page.url()).pathname.split('/').at(-1) ?? '';
  }

  /** The same without a page, where the signup itself is not what is looked at. */
  async signUpUnseen(): Promise<void> {
    const answer = await fetch(at('signup', '/api/onboarding/signup'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        email: this.email,
        company_name: 'Meadow Bakery',
        password: this.password,
        accept_terms: true,
        captcha_token: 'sandbox-pass',
      }),
    });
    if (!answer.ok) throw new Error(await answer.text());
    this.tenantId = ((await answer.json()) as { tenant_id: string }).tenant_id;
  }

  /** Pastes the code, as most people do. */
  async typeCode(): Promise<void> {
    const code = await codeMailedTo(this.email);
    await this.page.getByRole('heading', { name: 'Check your mail' }).waitFor();
    const first = this.page.getByRole('textbox').first();
    await first.focus();
    await first.evaluate((field, digits) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', digits);
      field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    }, code);
    await this.page.waitForURL('**/progress/*');
  }

  async goToPayment(): Promise<void> {
    await this.page.getByRole('link', { name: 'Go on to the payment page' }).click();
    await this.page.getByLabel('Card number').waitFor();
  }

  async pay(card = cards.good): Promise<void> {
    const { page } = this;
    await page.getByLabel('Card number').fill(card);
    await page.getByLabel('Expiry').fill('12 / 40');
    await page.getByLabel('Security code').fill('123');
    await page.getByRole('button', { name: 'Pay' }).click();
  }

  async becomeActive(): Promise<void> {
    await this.signUp();
    await this.typeCode();
    await this.goToPayment();
    await this.pay();
    await this.page.getByRole('heading', { name: 'Your workspace is ready' }).waitFor();
  }

  async logIn(): Promise<void> {
    await this.page.goto('/login');
    await this.page.getByLabel('Email').fill(this.email);
    await this.page.getByRole('textbox', { name: 'Password' }).fill(this.password);
    await this.page.getByRole('button', { name: 'Log in' }).click();
    await this.page.waitForURL('**/setup');
  }
}
