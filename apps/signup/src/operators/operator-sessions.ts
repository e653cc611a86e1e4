import { randomBytes } from 'node:crypto';
import { sha256Hex } from '@latchkey/shared/crypto';
import { ProblemError } from '@latchkey/shared/errors';
import { newId } from '@latchkey/shared/ids';
import { nameOperator } from '@latchkey/shared/observability';
import { audit } from '@latchkey/shared/operator';
import { Door, em, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { LockMode } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../gateway/caller.js';
import { RateLimits, type Limit, type Use } from '../limits/rate-limits.js';
import { HashingGate } from '../passwords/hashing-gate.js';
import { refuseIfLocked } from '../passwords/password-tries.js';
import { normaliseEmail } from '../tenants/account.entity.js';
import { Operator, OperatorSession, type OperatorRole } from './operator.entity.js';

/** A working day; whoever works longer logs in again. */
export const operatorSessionMs = 12 * 3_600_000;

/** Stricter than for customers: there are few operators, and each account opens everything. */
const perAccountAndAddress: Limit = { name: 'operator-login-failed', max: 5, windowMs: 15 * 60_000 };
const perAddress: Limit = { name: 'operator-login-failed-address', max: 20, windowMs: 15 * 60_000 };

export interface WhoOperates {
  sessionId: string;
  email: string;
  role: OperatorRole;
}

/** Log-in, log-out, and who is behind a cookie. */
@Injectable()
export class OperatorSessions {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly limits: RateLimits,
    private readonly hashing: HashingGate,
  ) {}

  /** The same answer in the same time for an unknown address, a wrong password and a disabled account. */
  async logIn(
    login: { email: string; password: string },
    { network }: Caller,
  ): Promise<WhoOperates & { token: string }> {
    const email = normaliseEmail(login.email);
    const uses: Use[] = [
      [perAccountAndAddress, `${email}|${network}`],
      [perAddress, network],
    ];
    const operator = await this.door.read('operator-login', async () => {
      refuseIfLocked(await this.limits.refusedFor(...uses));
      return em().findOne(Operator, { email, disabledAt: null });
    });
    if (!(await this.hashing.verify(operator?.passwordHash ?? null, login.password)) || !operator) {
      refuseIfLocked(await this.door.commit('operator-login-failed', () => this.limits.take(...uses)));
      throw new ProblemError('credentials_wrong');
    }
    return this.start(operator, uses);
  }

  /** Null for a token that is none, has ended, or whose operator was disabled since. Every request asks. */
  async find(token: string): Promise<WhoOperates | null> {
    const [found] = await this.door.read('operator-session', () =>
      sql<{ id: string; email: string; role: OperatorRole }>(
        `select s.id, o.email, o.role from operator_session s join operator o on o.id = s.operator_id
         where s.token_hash = $1 and s.ended_at is null and s.expires_at > $2 and o.disabled_at is null`,
        [sha256Hex(token), this.clock.nowIso()],
      ),
    );
    return found ? { sessionId: found.id, email: found.email, role: found.role } : null;
  }

  async end({ sessionId, email }: WhoOperates): Promise<void> {
    nameOperator(email);
    await this.door.commit('operator-logout', async () => {
      const session = await em().findOne(OperatorSession, { id: sessionId, endedAt: null });
      if (!session) return;
      session.endedAt = this.clock.now();
      await audit({ action: 'console-logout', target: sessionId, reason: 'asked for in the console' });
    });
  }

  /** Many tries at once come in before the first is counted, and the password may be another one by now: hence both again. */
  private async start({ id, email, passwordHash }: Operator, uses: Use[]): Promise<WhoOperates & { token: string }> {
    const token = randomBytes(32).toString('base64url');
    const sessionId = newId('ops');
    nameOperator(email);
    const role = await this.door.commit('operator-login', async () => {
      const locked = await em().findOne(Operator, { id, disabledAt: null }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (locked?.passwordHash !== passwordHash) throw new ProblemError('credentials_wrong');
      refuseIfLocked(await this.limits.refusedFor(...uses));
      const now = this.clock.now();
      em().create(OperatorSession, {
        id: sessionId,
        operatorId: id,
        tokenHash: sha256Hex(token),
        createdAt: now,
        expiresAt: new Date(now.getTime() + operatorSessionMs),
      });
      await this.limits.forget(...uses[0]!);
      // Sessions that are over are of no use to anybody; the audit keeps who came when.
      await sql('delete from operator_session where expires_at < $1', [now.toISOString()]);
      await audit({ action: 'console-login', target: sessionId, reason: 'asked for in the console' });
      return locked.role;
    });
    return { sessionId, email, role, token };
  }
}
