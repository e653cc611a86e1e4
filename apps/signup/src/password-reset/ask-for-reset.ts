import { PasswordResetRequested } from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { newId } from '@latchkey/shared/ids';
import { counter } from '@latchkey/shared/observability';
import { Door, em, record, sql } from '@latchkey/shared/persistence';
import { Clock, delay } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../gateway/caller.js';
import { RateLimits, type Limit } from '../limits/rate-limits.js';
import { Account, normaliseEmail } from '../tenants/account.entity.js';
import { PasswordReset, resetLifetimeMs } from './password-reset.entity.js';

/** Each may send a mail: more would fill a stranger's mailbox. Counted for unknown addresses too, or the limit would tell. */
const perEmail: Limit = { name: 'reset-email', max: 3, windowMs: 3_600_000 };
const perAddress: Limit = { name: 'reset-address', max: 30, windowMs: 3_600_000 };

/** Above what the commit takes with a mail to send, so that the time of the answer does not tell either. */
const answerAfterMs = 250;

const resets = counter('password_resets_total', 'Password resets by what came of them.', ['outcome']);

/**
 * Somebody says that this address is theirs and the password lost. Answer, time and limits are the same for an address
 * nobody signed up with (ASVS 6.3.8); the owner of a known one gets a link, and every older link stops working.
 */
@Injectable()
export class AskForReset {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly limits: RateLimits,
  ) {}

  async run(typedEmail: string, caller: Caller): Promise<void> {
    const email = normaliseEmail(typedEmail);
    const [outcome] = await Promise.all([this.issue(email, caller), delay(answerAfterMs)]);
    resets.inc({ outcome: typeof outcome === 'number' ? 'limited' : outcome });
    if (typeof outcome === 'number') throw new ProblemError('rate_limited', { retryAfterSeconds: outcome });
  }

  /** The seconds to wait where a limit is reached. */
  private issue(email: string, caller: Caller): Promise<'mailed' | 'unknown' | number> {
    return this.door.commit('ask-for-reset', async () => {
      const refused =
        (await this.limits.take([perAddress, caller.network])) ?? (await this.limits.take([perEmail, email]));
      if (refused) return refused.seconds;
      const account = await em().findOne(Account, { claimedEmail: email });
      if (!account) return 'unknown';
      const now = this.clock.now();
      await replaceOpenResets(account.id, now);
      const reset = em().create(PasswordReset, {
        id: newId('prs'),
        accountId: account.id,
        tenantId: account.tenantId,
        createdAt: now,
        expiresAt: new Date(now.getTime() + resetLifetimeMs),
      });
      record(PasswordResetRequested, account.tenantId, { reset_id: reset.id });
      return 'mailed';
    });
  }
}

/** Whatever links were mailed before no longer work. Belongs inside a commit. */
export async function replaceOpenResets(accountId: string, now: Date): Promise<void> {
  await sql(
    'update password_reset set replaced_at = $2 where account_id = $1 and used_at is null and replaced_at is null',
    [accountId, now.toISOString()],
  );
}
