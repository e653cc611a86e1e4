import { SignupResponse, TenantStatusResponse } from '@latchkey/contracts';
import {
  type Addresses,
  CheckoutExpired,
  codeIn,
  Customer,
  type Ending,
  Mailbox,
  ownDocument,
  Patience,
  payByCard,
  Refusal,
  request,
  requestJson,
  StatusWatch,
  stayOnSuccessPage,
} from '@latchkey/journeys/parts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PlannedStranger } from './plan.js';
import type { Sandbox } from './sandbox.js';

/** What one stranger lived through, and which answers the system gave them: promises that must hold afterwards. */
export interface Told {
  number: number;
  behaviour: PlannedStranger['behaviour'];
  email: string;
  /** Every tenant id an answer has named; more than one is already a finding. */
  tenantIds: string[];
  /** The code from the mail was taken. */
  verified: boolean;
  outcome: 'active' | 'compensated' | 'erased' | 'unpaid' | 'left' | 'lost';
  /** Of a lost one: doing what, and why. */
  reason: string | null;
  /** Whole API keys, as shown once. */
  keys: string[];
  /** Documents whose upload was acknowledged. */
  documents: string[];
}

const declinedCard = '4000 0000 0000 0002';
/** Is taken now and fails at the first real charge, when the trial is over. */
const laterFailingCard = '4000 0000 0000 0341';

const otherPlan = (plan: PlannedStranger['plan']) => (plan === 'pro' ? 'starter' : 'pro');

/** One stranger of the plan, through the public interface alone, as patient as a person and never more. */
export class Visitor {
  readonly told: Told;
  private readonly password: string;
  private readonly patience: Patience;
  private readonly mailbox: Mailbox;

  constructor(
    private readonly run: string,
    private readonly planned: PlannedStranger,
    private readonly addresses: Addresses,
    private readonly sandbox: Sandbox,
    patienceMs: number,
  ) {
    const email = `stranger-${run}-${planned.number}@customers.example`;
    this.password = `open the latch ${run} ${planned.number}`;
    this.patience = new Patience(patienceMs, () => undefined);
    this.mailbox = new Mailbox(addresses.sandbox, email, this.patience);
    const { number, behaviour } = planned;
    this.told = {
      ...{ number, behaviour, email, tenantIds: [], verified: false, outcome: 'lost', reason: null },
      ...{ keys: [], documents: [] },
    };
  }

  /** Never throws: whoever gets stuck is told as lost, with the reason. */
  async live(): Promise<Told> {
    try {
      this.told.outcome = await this.journey();
    } catch (error) {
      const why = (error instanceof Error ? error.message : String(error)).slice(0, 300);
      this.told.reason = `${this.patience.during}: ${why}`;
    }
    return this.told;
  }

  private async journey(): Promise<Told['outcome']> {
    const { behaviour } = this.planned;
    const signup = await this.signUpAsPlanned();
    const tenantId = signup.tenant_id;
    if (behaviour !== 'verifies-late' && behaviour !== 'leaves-unverified') await this.verify(tenantId);
    if (behaviour === 'never-pays') return 'unpaid';
    // Only this tenant's vectors are refused. A warm workspace saves this one, and so does another fault that comes first.
    const refusal =
      behaviour === 'vendor-refuses' || behaviour === 'leaves-refused'
        ? await this.sandbox.refuseVectorsOf(tenantId)
        : undefined;
    if (behaviour === 'leaves-waiting') await this.sandbox.delayVectorsOf(tenantId);
    if (behaviour === 'welcome-refused') await this.sandbox.refuseNextMailOf(tenantId);
    if (behaviour.startsWith('leaves-')) {
      this.patience.during = 'payment';
      await this.pay(signup.checkout_url, `${this.addresses.gateway}/api/onboarding/tenants/${tenantId}`);
      return 'left';
    }

    const ending = await this.payAndWait(signup);
    if (ending.status.status !== 'active') {
      if (ending.status.compensated) return 'compensated';
      throw new Error(`the signup ended ${ending.status.status}`);
    }
    // Who got in all the same would have each document refused for good, which takes longer than this patience.
    if (refusal) await this.sandbox.removeRule(refusal);
    return this.useIt();
  }

  private async signUpAsPlanned(): Promise<SignupResponse> {
    const { behaviour } = this.planned;
    this.patience.during = 'signup';
    if (behaviour === 'double-click') return (await Promise.all([this.signUp(), this.signUp()]))[0];
    if (behaviour === 'stripe-away') await this.sandbox.refuseCheckoutsOf(this.told.email);
    const first = await this.signUp();
    if (behaviour !== 'resumed' && behaviour !== 'changes-plan') return first;
    await sleep(1_500);
    return this.signUp(behaviour === 'changes-plan' ? otherPlan(this.planned.plan) : this.planned.plan);
  }

  private async signUp(plan = this.planned.plan): Promise<SignupResponse> {
    const json = {
      email: this.told.email,
      company_name: `Stranger ${this.planned.number} Ltd`,
      password: this.password,
      plan,
      accept_terms: true,
      captcha_token: 'sandbox-pass',
    };
    const url = `${this.addresses.gateway}/api/onboarding/signup`;
    const answer = await this.patience.insist((signal) =>
      requestJson(url, SignupResponse, { method: 'POST', json, signal }),
    );
    if (!this.told.tenantIds.includes(answer.tenant_id)) this.told.tenantIds.push(answer.tenant_id);
    return answer;
  }

  /** A newer mail replaces the code while it is being typed; then the newer one counts. */
  private async verify(tenantId: string): Promise<void> {
    this.patience.during = 'verification';
    const url = `${this.addresses.gateway}/api/onboarding/verify-email`;
    let mail = await this.mailbox.waitFor('verification-code');
    for (let tries = 1; ; tries++) {
      const json = { tenant_id: tenantId, code: codeIn(mail) };
      try {
        await this.patience.insist((signal) => request(url, { method: 'POST', json, signal }));
        this.told.verified = true;
        return;
      } catch (error) {
        const replaced = error instanceof Refusal && ['code_wrong', 'code_expired'].includes(error.code);
        if (!replaced || tries === 4) throw error;
        mail = await this.mailbox.waitFor('verification-code', mail.id);
      }
    }
  }

  private async payAndWait(signup: SignupResponse): Promise<Ending> {
    const { behaviour } = this.planned;
    const statusUrl = `${this.addresses.gateway}/api/onboarding/tenants/${signup.tenant_id}`;
    this.patience.during = 'payment';
    const watch = new StatusWatch(statusUrl, this.patience);
    const leftThePage = new AbortController();
    try {
      const location = await this.pay(signup.checkout_url, statusUrl);
      // Whoever closes the tab never asks for the page that would find a lost webhook.
      if (behaviour !== 'closes-the-tab') void stayOnSuccessPage(location, leftThePage.signal).catch(() => undefined);
      if (behaviour === 'verifies-late') await this.verify(signup.tenant_id);
      this.patience.during = 'payment to active';
      return await watch.ending;
    } finally {
      leftThePage.abort();
    }
  }

  private async pay(firstUrl: string | null, statusUrl: string): Promise<string> {
    let declined = this.planned.behaviour !== 'declined-card';
    for (let url = firstUrl; ; url = null) {
      url ??= await this.checkoutUrl(statusUrl);
      try {
        if (!declined) await this.tryDeclinedCard(url);
        declined = true;
        const card = this.planned.behaviour === 'card-fails-later' ? laterFailingCard : undefined;
        return await payByCard(url, this.patience, () => undefined, card);
      } catch (error) {
        // Replaced by a newer page, or not there yet: the status has the one that counts.
        const passing = error instanceof CheckoutExpired || (error instanceof Refusal && error.status === 404);
        if (!passing) throw error;
        await this.patience.pause(1_000, 'the checkout had expired');
      }
    }
  }

  private async tryDeclinedCard(url: string): Promise<void> {
    try {
      await payByCard(url, this.patience, () => undefined, declinedCard);
      throw new Error('a declined card was taken');
    } catch (error) {
      if (!(error instanceof Refusal && error.status === 402)) throw error;
    }
  }

  private async checkoutUrl(statusUrl: string): Promise<string> {
    for (;;) {
      const status = await this.patience.insist((signal) => requestJson(statusUrl, TenantStatusResponse, { signal }));
      if (status.checkout_url) return status.checkout_url;
      await this.patience.pause(1_000, 'no checkout was opened');
    }
  }

  private async useIt(): Promise<Told['outcome']> {
    const { gateway } = this.addresses;
    const { told } = this;
    const customer = new Customer(gateway, { email: told.email, password: this.password }, this.patience);
    this.patience.during = 'login';
    await customer.logIn();
    this.patience.during = 'the first key';
    told.keys.push(...(await this.revealKeys(customer)));
    this.patience.during = 'sample question';
    await customer.askSampleQuestion();
    this.patience.during = 'upload';
    if (this.planned.behaviour === 'bad-upload') await this.uploadNonsense(customer);
    const document = ownDocument(this.run, this.planned.number);
    const documentId = await customer.upload(document);
    told.documents.push(documentId);
    this.patience.during = 'own question';
    await customer.askAbout(document, documentId);
    this.patience.during = 'completing the wizard';
    await customer.completeWizard();
    if (this.planned.behaviour !== 'erased') return 'active';
    this.patience.during = 'erasure';
    // Asked twice when the first answer was lost: then the session is gone already, which is an answer too.
    await customer
      .ask('/api/tenant/delete', () => ({ method: 'POST', json: { password: this.password } }))
      .catch((error: unknown) => {
        if (!(error instanceof Refusal && error.status === 401)) throw error;
      });
    return 'erased';
  }

  /** Shown once: a key whose answer was lost cannot be shown again, and the person makes a new one. */
  private async revealKeys(customer: Customer): Promise<string[]> {
    const { api_keys: keys } = (await customer.ask('/v1/api-keys')) as {
      api_keys: { key_id: string; state: string }[];
    };
    const shown: string[] = [];
    for (const { key_id: id, state } of keys) {
      if (state !== 'unclaimed') continue;
      const answer = await customer
        .ask(`/v1/api-keys/${id}/reveal`, () => ({ method: 'POST', json: {} }))
        .catch((error: unknown) => {
          if (error instanceof Refusal && error.status < 500) return {};
          throw error;
        });
      const { key } = answer as { key?: string };
      if (key) shown.push(key);
    }
    return shown;
  }

  /** A program under the name of a text: refused at the door, or rejected when it is read; never an own document. */
  private async uploadNonsense(customer: Customer): Promise<void> {
    const form = () => {
      const body = new FormData();
      body.append('file', new Blob([Buffer.from('4d5a900003000000040000ffff0000b8', 'hex')]), 'handbook.pdf');
      return { method: 'POST' as const, body };
    };
    await customer.ask('/api/onboarding/setup-wizard/upload-document', form).catch((error: unknown) => {
      if (!(error instanceof Refusal && error.status < 500)) throw error;
    });
  }
}
