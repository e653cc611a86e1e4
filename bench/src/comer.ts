import { SignupResponse } from '@latchkey/contracts';
import {
  type Addresses,
  codeIn,
  Mailbox,
  Patience,
  payByCard,
  request,
  requestJson,
  stayOnSuccessPage,
  StatusWatch,
} from '@latchkey/journeys/parts';

/** Longer than anybody waits: what takes so long counts as lost. */
const patienceMs = 180_000;
/** Everybody has the same: a hash costs the same whatever it is of. */
const password = 'plum kettle vista 42';

/** Somebody on the way from the signup form to an active workspace, in the three strides that are measured apart. */
export class Comer {
  private readonly email: string;
  private readonly patience: Patience;
  private signup: SignupResponse | undefined;

  constructor(
    private readonly addresses: Addresses,
    private readonly name: string,
    noteRetry: (reason: string) => void,
  ) {
    this.email = `${name}@customers.example`;
    this.patience = new Patience(patienceMs, noteRetry);
  }

  async signUp(): Promise<void> {
    const json = {
      email: this.email,
      company_name: 'Bench Ltd',
      password,
      plan: 'starter',
      accept_terms: true,
      captcha_token: 'sandbox-pass',
    };
    this.patience.during = 'signup';
    const url = `${this.addresses.gateway}/api/onboarding/signup`;
    this.signup = await this.patience.insist((signal) =>
      requestJson(url, SignupResponse, { method: 'POST', json, signal }),
    );
  }

  async verify(): Promise<void> {
    this.patience.during = 'verification';
    const mail = await new Mailbox(this.addresses.sandbox, this.email, this.patience).waitFor('verification-code');
    const json = { tenant_id: this.signup!.tenant_id, code: codeIn(mail) };
    const url = `${this.addresses.gateway}/api/onboarding/verify-email`;
    await this.patience.insist((signal) => request(url, { method: 'POST', json, signal }));
  }

  /** Milliseconds from sending the card form to seeing "active"; null of who was compensated. Throws of who was lost. */
  async payAndWait(): Promise<number | null> {
    this.patience.during = 'payment';
    const { tenant_id: tenantId, checkout_url: given } = this.signup!;
    const statusUrl = `${this.addresses.gateway}/api/onboarding/tenants/${tenantId}`;
    const watch = new StatusWatch(statusUrl, this.patience);
    await watch.opened;
    const left = new AbortController();
    try {
      const checkoutUrl = given ?? (await this.checkoutUrl(statusUrl));
      let sentAtMs = 0;
      const location = await payByCard(checkoutUrl, this.patience, () => (sentAtMs ||= performance.now()));
      void stayOnSuccessPage(location, left.signal).catch(() => undefined);
      const { status, seenAtMs } = await watch.ending;
      if (status.status === 'active') return seenAtMs - sentAtMs;
      if (status.compensated) return null;
      throw new Error(`${tenantId} ended ${status.status}`);
    } finally {
      left.abort();
    }
  }

  /** Where billing did not open the payment page in time, the status has the link as soon as there is one. */
  private async checkoutUrl(statusUrl: string): Promise<string> {
    for (;;) {
      const { text } = await this.patience.insist((signal) => request(statusUrl, { signal }));
      const { checkout_url: url } = JSON.parse(text) as { checkout_url: string | null };
      if (url) return url;
      await this.patience.pause(1_000, 'no checkout was opened');
    }
  }
}
