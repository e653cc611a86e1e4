import { ProblemError } from '@latchkey/shared/errors';
import { Log, nameTenant } from '@latchkey/shared/observability';
import { Door, em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { LockMode } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { Account } from '../tenants/account.entity.js';
import { AccessTokens } from './access-tokens.js';
import type { StartedSession } from './log-in.js';
import { readRefreshToken, refreshTokenOf } from './refresh-tokens.js';
import { Session } from './session.entity.js';

/** A new access token for a refresh token, which is used up by it. A token used twice ends its whole family. */
@Injectable()
export class RefreshSession {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly tokens: AccessTokens,
  ) {}

  async run(token: string | undefined): Promise<StartedSession> {
    const genuine = token && readRefreshToken(token, this.config.VERIFICATION_SECRET);
    if (!genuine) throw new ProblemError('refresh_token_invalid');
    const { sessionId, generation } = genuine;
    // The end of a family must be committed, so a refusal is decided inside and thrown outside.
    const { verdict, session, account } = await this.door.commit('refresh', async () => {
      const locked = await em().findOne(Session, { id: sessionId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      return {
        verdict: locked?.rotate(generation, this.clock.now()) ?? 'ended',
        session: locked,
        account: locked && (await em().findOne(Account, { id: locked.accountId })),
      };
    });
    if (verdict === 'reused') {
      this.log.warn('A used refresh token came back; its session was ended.', { session: sessionId });
      throw new ProblemError('refresh_token_reused');
    }
    if (verdict === 'ended' || !session || !account) throw new ProblemError('refresh_token_invalid');
    nameTenant(account.tenantId);
    return {
      answer: await this.tokens.answerFor(account),
      refreshToken: refreshTokenOf(session.id, session.generation, this.config.VERIFICATION_SECRET),
    };
  }
}
