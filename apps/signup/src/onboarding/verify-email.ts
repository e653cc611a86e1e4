import { ProblemError } from '@latchkey/shared/errors';
import { nameTenant } from '@latchkey/shared/observability';
import { Door, em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { LockMode } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { isClosed } from '../tenants/tenant-moves.js';
import { AnnounceTenant } from '../tenants/announce-tenant.js';
import { Tenant } from '../tenants/tenant.entity.js';
import type { Verification } from '../tenants/verification.entity.js';
import { latestCode } from './issue-code.js';

type Verdict = ProblemError | { tenant: Tenant };

/** The customer types the code (DESIGN section 3: a code, because mail scanners burn links). Safe to repeat. */
@Injectable()
export class VerifyEmail {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly announce: AnnounceTenant,
  ) {}

  /** A wrong code must be counted, so the refusal is carried out of the commit and thrown after it. */
  async run(tenantId: string, code: string): Promise<Tenant> {
    const verdict = await this.door.commit('verify-email', () => this.judge(tenantId, code), { sharedBy: tenantId });
    if (verdict instanceof ProblemError) throw verdict;
    return verdict.tenant;
  }

  /** The lock on the tenant makes tries count one by one: five parallel guesses are five tries. */
  private async judge(tenantId: string, code: string): Promise<Verdict> {
    const tenant = await em().findOne(Tenant, { id: tenantId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (!tenant) return new ProblemError('unknown_tenant');
    nameTenant(tenant.id);
    if (tenant.emailVerifiedAt) return { tenant };
    const verification = await latestCode(tenantId);
    if (isClosed(tenant.status) || !verification) return new ProblemError('signup_closed');
    const now = this.clock.now();
    switch (verification.check(code, this.config.VERIFICATION_SECRET, now)) {
      case 'right':
        tenant.verifyEmail(verification.id, now);
        this.announce.afterCommit(tenant.id);
        return { tenant };
      case 'wrong':
        return new ProblemError('code_wrong', { detail: triesLeftSentence(verification) });
      case 'expired':
        return new ProblemError('code_expired');
      case 'used_up':
        return new ProblemError('code_tries_used_up');
    }
  }
}

function triesLeftSentence(verification: Verification): string {
  const triesLeft = verification.triesLeft();
  if (triesLeft === 0) return 'No tries are left for this code: ask for a new one.';
  return triesLeft === 1 ? 'One try is left.' : `${triesLeft} tries are left.`;
}
