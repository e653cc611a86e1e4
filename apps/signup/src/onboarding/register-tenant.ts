import { TenantSignedUp, VerificationRequested, type SignupRequest } from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { newId } from '@latchkey/shared/ids';
import { currentScope } from '@latchkey/shared/observability';
import { Door, em, lastly, record } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { RateLimits } from '../limits/rate-limits.js';
import { HashingGate } from '../passwords/hashing-gate.js';
import { PasswordTries } from '../passwords/password-tries.js';
import type { Tenant } from '../tenants/tenant.entity.js';
import { TermsAcceptance } from '../tenants/terms-acceptance.entity.js';
import { codeLifetimeMs, isCurrent } from '../tenants/verification.entity.js';
import { admit, type Admission } from './admission.js';
import type { Caller } from '../gateway/caller.js';
import { findHolder, HolderChanged, type Known, lockHolder, takeOverEmail } from './email-holder.js';
import { insertSignup } from './insert-signup.js';
import { issueCode, latestCode } from './issue-code.js';
import { refuseSignup, signupUses } from './signup-limits.js';
import { auditHashOf, auditSignup } from './signup-trail.js';

type SignedUp = Pick<Tenant, 'id' | 'companyName' | 'plan' | 'status' | 'emailVerifiedAt'>;

export interface Registered {
  outcome: 'accepted' | 'resumed';
  tenant: SignedUp;
}

interface Wish {
  request: SignupRequest;
  email: string;
  caller: Caller;
}

/** A code younger than this is not replaced by a double click: two mails of which one is void only confuse. */
const freshCodeMs = 60_000;

/**
 * One commit makes a signup true: tenant, account, code, terms, audit row, counters and the fact for everybody else
 * (FEATURES section 5, trap 4). Passwords are hashed before it, because a transaction must not wait for the hasher.
 */
@Injectable()
export class RegisterTenant {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly hashing: HashingGate,
    private readonly limits: RateLimits,
    private readonly tries: PasswordTries,
  ) {}

  /** Of two identical signups at once one inserts and the other meets the unique index, looks again and resumes. */
  async run(request: SignupRequest, email: string, caller: Caller): Promise<Registered> {
    const wish = { request, email, caller };
    for (let round = 1; round <= 4; round++) {
      const known = await this.door.read('email-holder', () => this.findHolder(email, caller));
      const samePassword = known?.passwordDecides ? await this.isPasswordOf(known, wish) : false;
      const admission = admit(known?.holder ?? null, samePassword);
      if (admission === 'refuse') throw new ProblemError('email_already_registered');
      const passwordHash = admission === 'resume' ? null : await this.hashing.hash(request.password);
      try {
        const register = async (): Promise<Registered> => {
          this.countLast(wish);
          await this.refuseGuesses(known, caller);
          if (passwordHash === null) return { outcome: 'resumed', tenant: await this.resume(wish, known) };
          return { outcome: 'accepted', tenant: await this.create(wish, passwordHash, admission, known) };
        };
        return await this.door.commit('signup', register, { sharedBy: known?.tenantId ?? email });
      } catch (error) {
        if (error instanceof HolderChanged || isAddressTaken(error)) continue;
        throw error;
      }
    }
    throw new ProblemError('unavailable', { retryAfterSeconds: 1 });
  }

  private async findHolder(email: string, caller: Caller): Promise<Known | null> {
    const known = await findHolder(email);
    await this.refuseGuesses(known, caller);
    return known;
  }

  /** A verified signup keeps its password through any number of wrong ones, so here it could be guessed at. */
  private async refuseGuesses(known: Known | null, caller: Caller): Promise<void> {
    if (known?.passwordDecides && known.holder.verified) await this.tries.refuseLocked(known.email, caller);
  }

  private async isPasswordOf({ passwordHash, holder }: Known, { request, email, caller }: Wish): Promise<boolean> {
    const isRight = await this.hashing.verify(passwordHash, request.password);
    if (!isRight && holder.verified) await this.tries.countWrong(email, caller);
    return isRight;
  }

  private async create(
    { request, email, caller }: Wish,
    passwordHash: string,
    admission: Admission,
    known: Known | null,
  ): Promise<SignedUp> {
    if (known) await takeOverEmail(known, admission);
    const { plan, region } = request;
    const now = this.clock.now();
    // Half a character (a lone surrogate) has no UTF-8, and PostgreSQL refuses it in JSON.
    const companyName = request.company_name.toWellFormed();
    const id = newId('tenant');
    const verificationId = newId('ver');
    await insertSignup({
      tenant_id: id,
      company_name: companyName,
      plan,
      region,
      at: now.toISOString(),
      traceparent: currentScope()?.traceparent ?? null,
      account_id: newId('user'),
      email,
      password_hash: passwordHash,
      verification_id: verificationId,
      code_expires_at: new Date(now.getTime() + codeLifetimeMs).toISOString(),
      terms_id: newId('terms'),
      terms_version: this.config.TERMS_VERSION,
      audit_id: newId('audit'),
      email_hash: auditHashOf(email, this.config.VERIFICATION_SECRET),
      address: caller.address,
      user_agent: caller.userAgent,
    });
    record(TenantSignedUp, id, {
      plan,
      region,
      terms_version: this.config.TERMS_VERSION,
      verification_id: verificationId,
    });
    return { id, companyName, plan, status: 'pending_payment', emailVerifiedAt: null };
  }

  private async resume({ request, email, caller }: Wish, known: Known | null): Promise<SignedUp> {
    const tenant = known ? await lockHolder(known, 'resume') : null;
    if (!tenant) throw new HolderChanged();
    const now = this.clock.now();
    tenant.resume({ plan: request.plan, region: request.region, companyName: request.company_name }, now);
    const latest = tenant.emailVerifiedAt ? null : await latestCode(tenant.id);
    const isFresh = latest && isCurrent(latest, now) && now.getTime() - latest.createdAt.getTime() < freshCodeMs;
    if (!tenant.emailVerifiedAt && !isFresh)
      record(VerificationRequested, tenant.id, { verification_id: await issueCode(tenant.id, now) });
    em().create(TermsAcceptance, {
      id: newId('terms'),
      tenantId: tenant.id,
      version: this.config.TERMS_VERSION,
      acceptedAt: now,
      address: caller.address,
      userAgent: caller.userAgent,
    });
    const secret = this.config.VERIFICATION_SECRET;
    auditSignup({ outcome: 'resumed', email, tenantId: tenant.id, caller, now, secret });
    return tenant;
  }

  /**
   * Limits count accepted signups only (FEATURES lesson 18): a refusal here rolls everything back, the count too. They
   * come last, because everybody behind one address queues for its row until the commit.
   */
  private countLast({ email, caller }: Wish): void {
    lastly(async () => {
      const refused = await this.limits.take(...signupUses(this.config, email, caller));
      if (refused) refuseSignup(refused);
    });
  }
}

/** The unique index on claimed addresses (23505): of two at once, one was first. */
function isAddressTaken(error: unknown): boolean {
  return (error as { code?: unknown }).code === '23505';
}
