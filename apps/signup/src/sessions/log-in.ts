import { SessionStarted, type LoginRequest, type LoginResponse } from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { newId } from '@latchkey/shared/ids';
import { counter, nameTenant } from '@latchkey/shared/observability';
import { Door, em, record } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { LockMode } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { CONFIG, type Config } from '../config.js';
import { RateLimits, type Limit } from '../limits/rate-limits.js';
import type { Caller } from '../gateway/caller.js';
import { HashingGate } from '../passwords/hashing-gate.js';
import { Account, normaliseEmail } from '../tenants/account.entity.js';
import { AccessTokens } from './access-tokens.js';
import { refreshTokenOf } from './refresh-tokens.js';
import { Session } from './session.entity.js';

/** Ten wrong passwords for one account from one address, or a hundred from one address over all accounts. */
export const perAccountAndAddress: Limit = { name: 'login-failed', max: 10, windowMs: 15 * 60_000 };
const perAddress: Limit = { name: 'login-failed-address', max: 100, windowMs: 15 * 60_000 };

/** What the first of the two counts. */
export const loginSubject = (email: string, caller: Caller): string => `${email}|${caller.address}`;

const logins = counter('logins_total', 'Log-ins by what came of them.', ['outcome']);

export interface StartedSession {
  answer: LoginResponse;
  refreshToken: string;
}

/**
 * Email and password against a session. Answer and time are the same for an unknown address (ASVS 6.3.8). Locks count
 * per account and address, so that an attacker elsewhere cannot lock the customer out.
 */
@Injectable()
export class LogIn {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly limits: RateLimits,
    private readonly hashing: HashingGate,
    private readonly tokens: AccessTokens,
  ) {}

  async run(request: z.infer<typeof LoginRequest>, caller: Caller): Promise<StartedSession> {
    const email = normaliseEmail(request.email);
    const subject = loginSubject(email, caller);
    const account = await this.door.read('login', async () => {
      const refused = await this.limits.refusedFor([perAccountAndAddress, subject], [perAddress, caller.address]);
      if (refused) throw this.refusal('login_locked', refused.seconds);
      return em().findOne(Account, { claimedEmail: email });
    });
    if (!(await this.hashing.verify(account?.passwordHash ?? null, request.password)) || !account) {
      await this.countFailure(subject, caller.address);
      throw this.refusal('credentials_wrong');
    }
    return this.start(account.id, subject);
  }

  private async start(accountId: string, subject: string): Promise<StartedSession> {
    const { session, account } = await this.door.commit('login', async () => {
      const locked = await em().findOne(Account, { id: accountId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!locked?.claimedEmail) throw this.refusal('credentials_wrong');
      const now = this.clock.now();
      const started = em().create(Session, {
        id: newId('ses'),
        accountId,
        tenantId: locked.tenantId,
        createdAt: now,
        expiresAt: new Date(now.getTime() + this.config.REFRESH_TTL_DAYS * 86_400_000),
        generation: 0,
        rotatedAt: now,
      });
      await this.limits.forget(perAccountAndAddress, subject);
      record(SessionStarted, locked.tenantId, { user_id: accountId, first: locked.noteSession(now) });
      return { session: started, account: locked };
    });
    nameTenant(account.tenantId);
    logins.inc({ outcome: 'ok' });
    return {
      answer: await this.tokens.answerFor(account),
      refreshToken: refreshTokenOf(session.id, session.generation, this.config.VERIFICATION_SECRET),
    };
  }

  private async countFailure(subject: string, address: string): Promise<void> {
    await this.door.commit('login-failed', async () => {
      await this.limits.take([perAccountAndAddress, subject], [perAddress, address]);
    });
  }

  private refusal(code: 'login_locked' | 'credentials_wrong', retryAfterSeconds?: number): ProblemError {
    logins.inc({ outcome: code });
    return new ProblemError(code, retryAfterSeconds === undefined ? {} : { retryAfterSeconds });
  }
}
