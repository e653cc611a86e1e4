import { PasswordChanged, type ResetPasswordRequest } from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { nameTenant } from '@latchkey/shared/observability';
import { Door, em, record, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { LockMode } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import type { Caller } from '../gateway/caller.js';
import { HashingGate } from '../passwords/hashing-gate.js';
import { passwordFaults } from '../passwords/password-policy.js';
import { PasswordTries } from '../passwords/password-tries.js';
import { Account } from '../tenants/account.entity.js';
import { Tenant } from '../tenants/tenant.entity.js';
import { replaceOpenResets } from './ask-for-reset.js';
import { PasswordReset, readResetToken } from './password-reset.entity.js';

/**
 * A new password for a mailed link. Only this uses the link up, so a mail scanner that opens it does no harm (lesson 17).
 * Every session ends with the old password: whoever knew that one is out, within the life of an access token.
 */
@Injectable()
export class ResetPassword {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly tries: PasswordTries,
    private readonly hashing: HashingGate,
  ) {}

  async run({ token, password }: ResetPasswordRequest, caller: Caller): Promise<void> {
    const resetId = readResetToken(token, this.config.VERIFICATION_SECRET);
    if (resetId === null) throw new ProblemError('reset_link_invalid');
    // Before the hashing, which is dear, and before the link is used up: a refused password may be typed again.
    const faults = await this.door.read('reset-password', async () => {
      const { account } = await this.find(resetId);
      const tenant = await em().findOne(Tenant, { id: account.tenantId });
      return passwordFaults(password, account.email ?? '', tenant?.companyName ?? '');
    });
    if (faults.length > 0) throw new ProblemError('invalid_request', { errors: faults });
    const hash = await this.hashing.hash(password);
    await this.door.commit('reset-password', () => this.change(resetId, hash, caller));
  }

  private async change(resetId: string, hash: string, caller: Caller): Promise<void> {
    const { reset, account } = await this.find(resetId, LockMode.PESSIMISTIC_WRITE);
    const now = this.clock.now();
    account.changePassword(hash);
    reset.usedAt = now;
    await replaceOpenResets(account.id, now);
    await sql(
      `update session set ended_at = $2, ended_because = 'password_reset' where account_id = $1 and ended_at is null`,
      [account.id, now.toISOString()],
    );
    // The wrong tries that led here are no reason to keep the owner out now.
    await this.tries.forget(account.claimedEmail ?? '', caller);
    record(PasswordChanged, account.tenantId, { user_id: account.id, reset_id: reset.id });
  }

  /** The lock makes two uses at once one after the other, and the second finds the link used. */
  private async find(resetId: string, lockMode?: LockMode): Promise<{ reset: PasswordReset; account: Account }> {
    const reset = await em().findOne(PasswordReset, { id: resetId }, lockMode ? { lockMode } : {});
    const account = reset && (await em().findOne(Account, { id: reset.accountId }, lockMode ? { lockMode } : {}));
    // A replaced signup's account no longer holds its address.
    if (!reset?.isCurrent(this.clock.now()) || !account?.claimedEmail) throw new ProblemError('reset_link_invalid');
    nameTenant(account.tenantId);
    return { reset, account };
  }
}
