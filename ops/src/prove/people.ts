import { SignupResponse, TenantStatusResponse } from '@latchkey/contracts';
import {
  addressesFrom,
  type Addresses,
  codeIn,
  Customer,
  Mailbox,
  ownDocument,
  Patience,
  payByCard,
  request,
  requestJson,
} from '@latchkey/journeys/parts';
import pLimit from 'p-limit';

const patienceMs = 240_000;
/** Signups under way at once: enough to be quick, few enough that nobody meets a limit. */
const sideBySide = 6;

/** Somebody who goes only as far as the story wants. */
export class Person {
  tenantId = '';
  private checkoutUrl: string | null = null;
  private readonly patience = new Patience(patienceMs, () => undefined);
  private readonly password: string;
  private customer: Customer | undefined;

  constructor(
    private readonly addresses: Addresses,
    private readonly number: number,
    private readonly run: string,
  ) {
    this.password = `open the latch ${run} ${number}`;
  }

  get email(): string {
    return `somebody-${this.run}-${this.number}@customers.example`;
  }

  async signUp(): Promise<void> {
    const { tenant_id, checkout_url } = await this.patience.insist((signal) =>
      requestJson(`${this.addresses.gateway}/api/onboarding/signup`, SignupResponse, {
        method: 'POST',
        json: this.form,
        signal,
      }),
    );
    this.tenantId = tenant_id;
    this.checkoutUrl = checkout_url;
  }

  /** One press of the button, whatever comes of it. */
  async tryToSignUp(): Promise<void> {
    await request(`${this.addresses.gateway}/api/onboarding/signup`, {
      method: 'POST',
      json: this.form,
      signal: AbortSignal.timeout(30_000),
    }).catch(() => undefined);
  }

  async verifyAndPay(): Promise<void> {
    const mail = await new Mailbox(this.addresses.sandbox, this.email, this.patience).waitFor('verification-code');
    const json = { tenant_id: this.tenantId, code: codeIn(mail) };
    const verify = `${this.addresses.gateway}/api/onboarding/verify-email`;
    await this.patience.insist((signal) => request(verify, { method: 'POST', json, signal }));
    while (!this.checkoutUrl) {
      this.checkoutUrl = (await this.status()).checkout_url ?? null;
      if (!this.checkoutUrl) await this.patience.pause(300, 'there was no link to pay');
    }
    await payByCard(this.checkoutUrl, this.patience, () => undefined);
  }

  async status(): Promise<ReturnType<typeof TenantStatusResponse.parse>> {
    const url = `${this.addresses.gateway}/api/onboarding/tenants/${this.tenantId}`;
    return this.patience.insist((signal) => requestJson(url, TenantStatusResponse, { signal }));
  }

  /** Waits until the signup is in one of these states. */
  async reaches(...states: string[]): Promise<void> {
    while (!states.includes((await this.status()).status))
      await this.patience.pause(300, `${this.tenantId} is not ${states.join(' or ')}`);
  }

  async logIn(): Promise<void> {
    const { email, password } = this;
    this.customer = new Customer(this.addresses.gateway, { email, password }, this.patience);
    await this.customer.logIn();
  }

  /** The sample question, a document, a question about it. */
  async activate(): Promise<void> {
    const { customer } = this;
    if (!customer) throw new Error('Nobody is logged in.');
    await customer.askSampleQuestion();
    const document = ownDocument(this.run, this.number);
    await customer.askAbout(document, await customer.upload(document));
  }

  private get form() {
    return {
      email: this.email,
      company_name: `Somebody ${this.number} Ltd`,
      password: this.password,
      plan: 'starter',
      accept_terms: true,
      captcha_token: 'sandbox-pass',
    };
  }
}

/** Makes people, each new. */
export class People {
  private readonly addresses: Addresses;
  private readonly run = Date.now().toString(36);
  private last = 0;

  constructor(gateway: string) {
    this.addresses = addressesFrom(gateway);
  }

  /** So many, each doing the same, some at a time. */
  async each(count: number, what: (person: Person) => Promise<void>): Promise<Person[]> {
    const people = Array.from({ length: count }, () => new Person(this.addresses, ++this.last, this.run));
    await together(people, what);
    return people;
  }
}

export async function together(people: readonly Person[], what: (person: Person) => Promise<void>): Promise<void> {
  const limit = pLimit(sideBySide);
  await Promise.all(people.map((person) => limit(() => what(person))));
}
