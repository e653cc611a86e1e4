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
import { checkCode, codeTriesMax } from '../tenants/verification.entity.js';
import { countTry, latestCode } from './issue-code.js';

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

  /**
   * The lock on the tenant makes tries count one by one: five parallel guesses are five tries. The code is asked for in
   * the same breath and after the lock: PostgreSQL looks for it when it has the lock, and not before.
   */
  private async judge(tenantId: string, code: string): Promise<Verdict> {
    const [tenant, issued] = await Promise.all([
      em().findOne(Tenant, { id: tenantId }, { lockMode: LockMode.PESSIMISTIC_WRITE }),
      latestCode(tenantId),
    ]);
    if (!tenant) return new ProblemError('unknown_tenant');
    nameTenant(tenant.id);
    if (tenant.emailVerifiedAt) return { tenant };
    if (isClosed(tenant.status) || !issued) return new ProblemError('signup_closed');
    const now = this.clock.now();
    switch (checkCode(issued, code, this.config.VERIFICATION_SECRET, now)) {
      case 'right':
        await countTry(issued, now);
        tenant.verifyEmail(issued.id, now);
        this.announce.afterCommit(tenant.id);
        return { tenant };
      case 'wrong':
        await countTry(issued, null);
        return new ProblemError('code_wrong', { detail: triesLeftSentence(codeTriesMax - issued.tries - 1) });
      case 'expired':
        return new ProblemError('code_expired');
      case 'used_up':
        return new ProblemError('code_tries_used_up');
    }
  }
}

function triesLeftSentence(triesLeft: number): string {
  if (triesLeft === 0) return 'No tries are left for this code: ask for a new one.';
  return triesLeft === 1 ? 'One try is left.' : `${triesLeft} tries are left.`;
}
