import { SessionStarted, type LoginRequest as LoginContract, type LoginResponse } from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { newId } from '@latchkey/shared/ids';
import { counter, nameTenant } from '@latchkey/shared/observability';
import { Door, em, record } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { LockMode } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { CONFIG, type Config } from '../config.js';
import type { Caller } from '../gateway/caller.js';
import { HashingGate } from '../passwords/hashing-gate.js';
import { PasswordTries } from '../passwords/password-tries.js';
import { Account, normaliseEmail } from '../tenants/account.entity.js';
import { AccessTokens } from './access-tokens.js';
import { refreshTokenOf } from './refresh-tokens.js';
import { Session } from './session.entity.js';

/** Of several log-ins at once, one may renew the hash under the others. */
const roundsMax = 3;

const logins = counter('logins_total', 'Log-ins by what came of them.', ['outcome']);

type LoginRequest = z.infer<typeof LoginContract>;

export interface StartedSession {
  answer: LoginResponse;
  refreshToken: string;
}

/** Email and password against a session. Answer and time are the same for an unknown address (ASVS 6.3.8). */
@Injectable()
export class LogIn {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly tries: PasswordTries,
    private readonly hashing: HashingGate,
    private readonly tokens: AccessTokens,
  ) {}

  async run(request: LoginRequest, caller: Caller): Promise<StartedSession> {
    try {
      const email = normaliseEmail(request.email);
      for (let round = 1; round <= roundsMax; round++) {
        const started = await this.judge(request, email, caller);
        if (!started) continue;
        logins.inc({ outcome: 'ok' });
        return started;
      }
      throw new ProblemError('unavailable', { retryAfterSeconds: 1 });
    } catch (error) {
      if (error instanceof ProblemError && (error.code === 'login_locked' || error.code === 'credentials_wrong'))
        logins.inc({ outcome: error.code });
      throw error;
    }
  }

  /** Null when the stored hash was another one by the time it was needed: it may be of another password. */
  private async judge({ password }: LoginRequest, email: string, caller: Caller): Promise<StartedSession | null> {
    const account = await this.door.read('login', async () => {
      await this.tries.refuseLocked(email, caller);
      return em().findOne(Account, { claimedEmail: email });
    });
    const stored = account?.passwordHash ?? null;
    if (!(await this.hashing.verify(stored, password)) || !account || stored === null) {
      await this.tries.countWrong(email, caller);
      throw new ProblemError('credentials_wrong');
    }
    return this.start(account, await this.hashing.renewed(stored, password), email, caller);
  }

  /** What was found out before the lock may be over: the password may be another one, the account erased, the tries used up. */
  private async start(known: Account, hash: string, email: string, caller: Caller): Promise<StartedSession | null> {
    const opened = await this.door.commit('login', async () => {
      const locked = await em().findOne(Account, { id: known.id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!locked?.claimedEmail || locked.passwordHash !== known.passwordHash) return null;
      await this.tries.refuseLocked(email, caller);
      if (hash !== locked.passwordHash) locked.changePassword(hash);
      const now = this.clock.now();
      const started = em().create(Session, {
        id: newId('ses'),
        accountId: locked.id,
        tenantId: locked.tenantId,
        createdAt: now,
        expiresAt: new Date(now.getTime() + this.config.REFRESH_TTL_DAYS * 86_400_000),
        generation: 0,
        rotatedAt: now,
      });
      await this.tries.forget(email, caller);
      record(SessionStarted, locked.tenantId, { user_id: locked.id, first: locked.noteSession(now) });
      return { session: started, account: locked };
    });
    if (!opened) return null;
    const { session, account } = opened;
    nameTenant(account.tenantId);
    return {
      answer: await this.tokens.answerFor(account),
      refreshToken: refreshTokenOf(session.id, session.generation, this.config.VERIFICATION_SECRET),
    };
  }
}
