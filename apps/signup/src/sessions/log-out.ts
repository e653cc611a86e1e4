import { Door, em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { LockMode } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { readRefreshToken } from './refresh-tokens.js';
import { Session } from './session.entity.js';

/** Ends the session on the server, not only in the browser (ASVS 7.4.1). Anything but a live token is done already. */
@Injectable()
export class LogOut {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly door: Door,
    private readonly clock: Clock,
  ) {}

  async run(token: string | undefined): Promise<void> {
    const genuine = token && readRefreshToken(token, this.config.VERIFICATION_SECRET);
    if (!genuine) return;
    await this.door.commit('logout', async () => {
      const session = await em().findOne(Session, { id: genuine.sessionId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      session?.end('logout', this.clock.now());
    });
  }
}
