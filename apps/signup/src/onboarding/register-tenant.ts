import { TenantSignedUp, VerificationRequested, type SignupRequest } from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { newId } from '@latchkey/shared/ids';
import { currentScope } from '@latchkey/shared/observability';
import { Door, em, lastly, record, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { LockMode } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { RateLimits } from '../limits/rate-limits.js';
import { HashingGate } from '../passwords/hashing-gate.js';
import { Account } from '../tenants/account.entity.js';
import { Tenant } from '../tenants/tenant.entity.js';
import { TermsAcceptance } from '../tenants/terms-acceptance.entity.js';
import { codeLifetimeMs, isCurrent } from '../tenants/verification.entity.js';
import { admit, type Admission, type Holder } from './admission.js';
import type { Caller } from '../gateway/caller.js';
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

/** Somebody else changed the email's holder between our look and our lock; look again. */
class HolderChanged extends Error {}

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
  ) {}

  /** Of two identical signups at once one inserts and the other meets the unique index, looks again and resumes. */
  async run(request: SignupRequest, email: string, caller: Caller): Promise<Registered> {
    const wish = { request, email, caller };
    for (let round = 1; round <= 4; round++) {
      const known = await this.door.read('email-holder', () => findHolder(email));
      const samePassword = known?.unpaid
        ? await this.hashing.verify(known.account.passwordHash ?? null, request.password)
        : false;
      const admission = admit(known?.holder ?? null, samePassword);
      if (admission === 'refuse') throw new ProblemError('email_already_registered');
      const passwordHash = admission === 'resume' ? null : await this.hashing.hash(request.password);
      try {
        const register = async (): Promise<Registered> => {
          this.countLast(wish);
          if (passwordHash === null) return { outcome: 'resumed', tenant: await this.resume(wish, known) };
          return { outcome: 'accepted', tenant: await this.create(wish, passwordHash, admission, known) };
        };
        return await this.door.commit('signup', register, { sharedBy: known?.account.tenantId ?? email });
      } catch (error) {
        if (error instanceof HolderChanged || isAddressTaken(error)) continue;
        throw error;
      }
    }
    throw new ProblemError('unavailable', { retryAfterSeconds: 1 });
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
      const refused = await this.limits.take(...signupUses(this.config, email, caller.address));
      if (refused) refuseSignup(refused);
    });
  }
}

/** The unique index on claimed addresses (23505): of two at once, one was first. */
function isAddressTaken(error: unknown): boolean {
  return (error as { code?: unknown }).code === '23505';
}

interface Known {
  account: Account;
  email: string;
  holder: Holder;
  /** Only then the password decides, so only then it is worth a hash. */
  unpaid: boolean;
}

async function findHolder(email: string): Promise<Known | null> {
  const account = await em().findOne(Account, { claimedEmail: email });
  const tenant = account && (await em().findOne(Tenant, { id: account.tenantId }));
  if (!account || !tenant) return null;
  const holder = holderOf(tenant);
  const unpaid = (holder.status === 'pending_payment' || holder.status === 'expired') && !holder.paid;
  return { account, email, holder, unpaid };
}

function holderOf(tenant: Tenant): Holder {
  return {
    status: tenant.status,
    paid: tenant.paidAt != null,
    verified: tenant.emailVerifiedAt != null,
    compensated: tenant.compensatedAt != null,
  };
}

/** Locks the holder and decides again: a payment or a code may have arrived since we looked. */
async function lockHolder(known: Known, expected: Admission): Promise<Tenant> {
  const tenant = await em().findOne(Tenant, { id: known.account.tenantId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!tenant || admit(holderOf(tenant), expected === 'resume') !== expected) throw new HolderChanged();
  return tenant;
}

/** The update names the address, so of two successors only one finds it; the other looks again. */
async function takeOverEmail(known: Known, admission: Admission): Promise<void> {
  const old = await lockHolder(known, admission);
  const released = await sql(
    'update account set claimed_email = null where id = $1 and claimed_email = $2 returning id',
    [known.account.id, known.email],
  );
  if (released.length === 0) throw new HolderChanged();
  if (admission === 'replace') old.expire('replaced');
}
