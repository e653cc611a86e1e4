import { SignupResponse, TenantStatusResponse, type Plan } from '@latchkey/contracts';
import type { Addresses } from './addresses.js';
import { Customer } from './customer.js';
import { Refusal, request, requestJson } from './http.js';
import { codeIn, Mailbox } from './mailbox.js';
import { ownDocument } from './own-document.js';
import { Patience } from './patience.js';
import { CheckoutExpired, payByCard, stayOnSuccessPage } from './pay.js';
import type { StageTimes } from './stages.js';
import { type Ending, StatusWatch } from './watch-status.js';

/** What a stranger's own eyes saw of effects that no ledger shows. */
export interface Seen {
  firstKeys: number;
  /** Different periods met; 0 when answered questions were not counted in any. */
  quotaPeriods: number;
}

export interface Journey {
  number: number;
  tenantId: string | null;
  outcome: 'activated' | 'compensated' | 'lost';
  /** Of a lost one: doing what, and why. */
  reason: string | null;
  seen: Seen | null;
}

const codeTriesMax = 3;
/** An answer that breaks its contract explains itself at length. */
const reasonLengthMax = 300;

/** One person's way from "I want to try this" to a useful answer, through the public interface alone. */
export class Stranger {
  private readonly email: string;
  private readonly password: string;
  private readonly patience: Patience;
  private readonly mailbox: Mailbox;
  private tenantId: string | null = null;
  /** Until the welcome mail is there or patience ends; nobody waits for it before logging in. */
  welcomed: Promise<void> = Promise.resolve();

  constructor(
    private readonly run: string,
    private readonly number: number,
    private readonly addresses: Addresses,
    private readonly times: StageTimes,
    timeoutMs: number,
    noteRetry: (reason: string) => void,
  ) {
    this.email = `stranger-${run}-${number}@customers.example`;
    this.password = `open the latch ${run} ${number}`;
    this.patience = new Patience(timeoutMs, noteRetry);
    this.mailbox = new Mailbox(addresses.sandbox, this.email, this.patience);
  }

  /** Never throws: whatever goes wrong, this stranger ends activated, compensated or lost. */
  async live(): Promise<Journey> {
    const ended = { number: this.number, reason: null, seen: null };
    try {
      const startedMs = performance.now();
      const ending = await this.becomeTenant();
      if (ending.status.status !== 'active') {
        const { status, compensated } = ending.status;
        if (compensated) return { ...ended, tenantId: this.tenantId, outcome: 'compensated' };
        return { ...ended, tenantId: this.tenantId, outcome: 'lost', reason: `the signup ended ${status}` };
      }
      this.welcomed = this.waitForWelcome(ending.seenAtMs);
      const seen = await this.becomeActivated(startedMs);
      return { ...ended, tenantId: this.tenantId, outcome: 'activated', seen };
    } catch (error) {
      const why = (error instanceof Error ? error.message : String(error)).slice(0, reasonLengthMax);
      const reason = why.startsWith('out of patience') ? why : `${this.patience.during}: ${why}`;
      return { ...ended, tenantId: this.tenantId, outcome: 'lost', reason };
    }
  }

  private async becomeTenant(): Promise<Ending> {
    const signup = await this.stage('signup', () => this.signUp());
    this.tenantId = signup.tenant_id;
    const mail = await this.stage('verification_mail', () => this.mailbox.waitFor('verification-code'));
    await this.stage('verified', () => this.verify(signup.tenant_id, codeIn(mail), mail.id));

    this.patience.during = 'payment_to_active';
    const statusUrl = `${this.addresses.gateway}/api/onboarding/tenants/${signup.tenant_id}`;
    const watch = new StatusWatch(statusUrl, this.patience);
    await watch.opened;
    const leftThePage = new AbortController();
    try {
      const { location, sentAtMs } = await this.pay(signup.checkout_url, statusUrl);
      void stayOnSuccessPage(location, leftThePage.signal).catch(() => undefined);
      const ending = await watch.ending;
      if (ending.status.status === 'active') this.times.add('payment_to_active', ending.seenAtMs - sentAtMs);
      return ending;
    } finally {
      leftThePage.abort();
    }
  }

  private async becomeActivated(startedMs: number): Promise<Seen> {
    const { email, password } = this;
    const customer = new Customer(this.addresses.gateway, { email, password }, this.patience);
    await this.stage('login', () => customer.logIn());
    const early = await customer.usage();
    await customer.wizardStatus();
    await this.stage('sample_answer', () => customer.askSampleQuestion());
    const document = ownDocument(this.run, this.number);
    const documentId = await this.stage('document_indexed', () => customer.upload(document));
    await this.stage('own_answer', () => customer.askAbout(document, documentId));
    this.patience.during = 'completing the wizard';
    await customer.completeWizard();
    this.times.add('signup_to_activated', performance.now() - startedMs);

    this.patience.during = 'looking at keys and usage';
    const { next_step: next } = await customer.wizardStatus();
    if (next !== 'complete') throw new Error(`the wizard is complete and still suggests ${next}`);
    const late = await customer.usage();
    const counted = late.queries_used >= customer.answered && late.queries_used <= customer.asked;
    const periods = new Set([early.period_start, late.period_start]).size;
    return { firstKeys: await customer.firstKeys(), quotaPeriods: counted ? periods : 0 };
  }

  private async signUp(): Promise<SignupResponse> {
    const plan: Plan = 'starter';
    const json = {
      email: this.email,
      company_name: `Stranger ${this.number} Ltd`,
      password: this.password,
      plan,
      accept_terms: true,
      captcha_token: 'sandbox-pass',
    };
    const url = `${this.addresses.gateway}/api/onboarding/signup`;
    return this.patience.insist((signal) => requestJson(url, SignupResponse, { method: 'POST', json, signal }));
  }

  /** A code can be replaced by a newer mail while it is being typed: then the newer one counts. */
  private async verify(tenantId: string, code: string, mailId: string): Promise<void> {
    const url = `${this.addresses.gateway}/api/onboarding/verify-email`;
    for (let tries = 1; ; tries++) {
      try {
        await this.patience.insist((signal) =>
          request(url, { method: 'POST', json: { tenant_id: tenantId, code }, signal }),
        );
        return;
      } catch (error) {
        const replaced = error instanceof Refusal && ['code_wrong', 'code_expired'].includes(error.code);
        if (!replaced || tries === codeTriesMax) throw error;
        const newer = await this.mailbox.waitFor('verification-code', mailId);
        code = codeIn(newer);
        mailId = newer.id;
      }
    }
  }

  private async pay(firstUrl: string | null, statusUrl: string): Promise<{ location: string; sentAtMs: number }> {
    let sentAtMs = 0;
    for (let checkoutUrl = firstUrl; ; checkoutUrl = null) {
      try {
        const url = checkoutUrl ?? (await this.checkoutUrl(statusUrl));
        const location = await payByCard(url, this.patience, () => (sentAtMs ||= performance.now()));
        return { location, sentAtMs };
      } catch (error) {
        if (!(error instanceof CheckoutExpired)) throw error;
        await this.patience.pause(1_000, 'the checkout had expired');
      }
    }
  }

  /** Billing did not open the checkout in time; the status has the link as soon as there is one. */
  private async checkoutUrl(statusUrl: string): Promise<string> {
    for (;;) {
      const status = await this.patience.insist((signal) => requestJson(statusUrl, TenantStatusResponse, { signal }));
      if (status.checkout_url) return status.checkout_url;
      await this.patience.pause(1_000, 'no checkout was opened');
    }
  }

  /** A welcome that never comes is the audit's to tell: the ledger knows whether it was sent. */
  private async waitForWelcome(activeAtMs: number): Promise<void> {
    await this.mailbox.waitFor('welcome').then(
      () => this.times.add('active_to_welcome_mail', performance.now() - activeAtMs),
      () => undefined,
    );
  }

  private stage<T>(stage: Parameters<StageTimes['measure']>[0], run: () => Promise<T>): Promise<T> {
    this.patience.during = stage;
    return this.times.measure(stage, run);
  }
}
