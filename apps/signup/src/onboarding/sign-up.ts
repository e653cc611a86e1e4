import { problems, type SignupRequest, type SignupResponse } from '@latchkey/contracts';
import { ProblemError, VendorError } from '@latchkey/shared/errors';
import { counter, Log, nameTenant } from '@latchkey/shared/observability';
import { Door } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import type { CaptchaVerifier } from '@latchkey/vendor-captcha';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { RateLimits } from '../limits/rate-limits.js';
import { passwordFaults } from '../passwords/password-policy.js';
import { normaliseEmail } from '../tenants/account.entity.js';
import { AskForCheckout, type CheckoutAnswer } from './ask-for-checkout.js';
import type { Caller } from '../gateway/caller.js';
import { PaidFirst } from './paid-first.js';
import { RegisterTenant } from './register-tenant.js';
import { refuseSignup, signupUses } from './signup-limits.js';
import { auditSignup } from './signup-trail.js';

/** Injects the CAPTCHA verifier, or null where none is configured (development only). */
export const CAPTCHA = Symbol('captcha');

const signups = counter('onboarding_signups_total', 'Signup attempts by what came of them.', ['outcome']);

/**
 * A stranger becomes a tenant (S4.1). Cheap checks come before dear ones, and the CAPTCHA comes after everything the
 * customer may have to correct, because its token works only once.
 */
@Injectable()
export class SignUp {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CAPTCHA) private readonly captcha: CaptchaVerifier | null,
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly limits: RateLimits,
    private readonly paidFirst: PaidFirst,
    private readonly registerTenant: RegisterTenant,
    private readonly askForCheckout: AskForCheckout,
  ) {}

  async run(request: SignupRequest, caller: Caller): Promise<{ created: boolean; response: SignupResponse }> {
    const email = normaliseEmail(request.email);
    await this.letIn();
    try {
      await this.check(request, email, caller);
      const { outcome, tenant } = await this.registerTenant.run(request, email, caller);
      nameTenant(tenant.id);
      signups.inc({ outcome });
      const checkout = await this.askForCheckout.run({
        id: tenant.id,
        plan: tenant.plan,
        email,
        companyName: tenant.companyName,
      });
      return {
        created: outcome === 'accepted',
        response: {
          tenant_id: tenant.id,
          status: tenant.status,
          checkout_url: checkout.url,
          message: signupMessage(checkout, tenant.emailVerifiedAt != null),
        },
      };
    } catch (error) {
      await this.noteRefusal(error, email, caller);
      throw error;
    }
  }

  /** Before everything else: a CAPTCHA's token works once, so nobody may be sent away after it. Who must wait is counted, and not audited: that would be work. */
  private async letIn(): Promise<void> {
    try {
      await this.paidFirst.letIn();
    } catch (error) {
      if (error instanceof ProblemError) signups.inc({ outcome: error.code });
      throw error;
    }
  }

  private async check(request: SignupRequest, email: string, caller: Caller): Promise<void> {
    if (!request.accept_terms) throw new ProblemError('terms_not_accepted');
    this.refuseThrowAway(email);
    const faults = passwordFaults(request.password, email, request.company_name);
    if (faults.length > 0) throw new ProblemError('invalid_request', { errors: faults });
    const refused = await this.door.read('signup-limits', () =>
      this.limits.refusedFor(...signupUses(this.config, email, caller)),
    );
    if (refused) refuseSignup(refused);
    await this.checkCaptcha(request.captcha_token, caller);
  }

  /** Trials by the dozen come from mailboxes that live for minutes; and nobody could be written to there. */
  private refuseThrowAway(email: string): void {
    const labels = email.slice(email.lastIndexOf('@') + 1).split('.');
    if (!labels.some((_, at) => this.config.REFUSED_EMAIL_DOMAINS.has(labels.slice(at).join('.')))) return;
    const message = problems.email_domain_refused.title;
    throw new ProblemError('email_domain_refused', {
      errors: [{ field: 'email', code: 'email_domain_refused', message }],
    });
  }

  /** No answer from the CAPTCHA's maker refuses the signup: a gate that cannot check stays closed (VENDORS section 4). */
  private async checkCaptcha(token: string | undefined, caller: Caller): Promise<void> {
    if (!this.captcha) return;
    try {
      const verdict = await this.captcha.verify(token, caller.address);
      if (!verdict.ok) throw new ProblemError('captcha_failed');
    } catch (error) {
      if (!(error instanceof VendorError)) throw error;
      this.log.warn('The CAPTCHA could not be checked.', { err: error });
      throw new ProblemError('captcha_unavailable', { retryAfterSeconds: 10, cause: error });
    }
  }

  /** The refused attempt gets its line in the trail; failing to write it must not change the answer. */
  private async noteRefusal(error: unknown, email: string, caller: Caller): Promise<void> {
    const outcome = error instanceof ProblemError ? error.code : 'internal_error';
    signups.inc({ outcome });
    const attempt = {
      outcome,
      email,
      tenantId: null,
      caller,
      now: this.clock.now(),
      secret: this.config.VERIFICATION_SECRET,
    };
    await this.door
      .commit('signup-refused', () => auditSignup(attempt))
      .catch((failure: unknown) => this.log.error('A refused signup could not be audited.', { err: failure }));
  }
}

function signupMessage(checkout: CheckoutAnswer, verified: boolean): string {
  const code = verified ? '' : ' We mailed you a 6-digit code: please enter it to confirm your address.';
  if (checkout.state === 'completed') return `Your payment has arrived.${code}`;
  if (checkout.url !== null)
    return `Complete payment to activate your account. You have a 14-day free trial: nothing is charged before it ends.${code}`;
  return `Your signup is safe. Your checkout is still being opened; the status page shows the link as soon as it is there.${code}`;
}
