import { VerificationRequested } from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { Door, em, record } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { LockMode } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { Tenant } from '../tenants/tenant.entity.js';
import { Verification } from '../tenants/verification.entity.js';
import { isClosed } from '../tenants/tenant-moves.js';
import { issueCode } from './issue-code.js';

/** One mail a minute and five an hour: more would be a way to fill a stranger's mailbox. */
const pauseMs = 60_000;
const codesPerHourMax = 5;

/** Mails a new code and voids the one before. Asked by somebody who is verified already, it does nothing. */
@Injectable()
export class ResendCode {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
  ) {}

  async run(tenantId: string): Promise<Tenant> {
    return this.door.commit('resend-code', async () => {
      const tenant = await em().findOne(Tenant, { id: tenantId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!tenant) throw new ProblemError('unknown_tenant');
      if (tenant.emailVerifiedAt) return tenant;
      if (isClosed(tenant.status) || tenant.status === 'expired') throw new ProblemError('signup_closed');
      await this.refuseTooSoon(tenantId);
      record(VerificationRequested, tenantId, { verification_id: await issueCode(tenantId, this.clock.now()) });
      return tenant;
    });
  }

  private async refuseTooSoon(tenantId: string): Promise<void> {
    const now = this.clock.nowMs();
    const hourAgo = new Date(now - 3_600_000);
    const recent = await em().find(
      Verification,
      { tenantId, createdAt: { $gt: hourAgo } },
      { orderBy: { createdAt: 'desc' }, limit: codesPerHourMax },
    );
    const newest = recent[0];
    const fifth = recent[codesPerHourMax - 1];
    const opensAt = Math.max(
      newest ? newest.createdAt.getTime() + pauseMs : 0,
      fifth ? fifth.createdAt.getTime() + 3_600_000 : 0,
    );
    if (opensAt > now)
      throw new ProblemError('resend_too_soon', { retryAfterSeconds: Math.ceil((opensAt - now) / 1_000) });
  }
}
