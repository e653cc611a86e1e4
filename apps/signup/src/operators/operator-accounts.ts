import type { AddOperator, OperatorAccount } from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { newId } from '@latchkey/shared/ids';
import { audit } from '@latchkey/shared/operator';
import { Door, em, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { LockMode } from '@mikro-orm/core';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { HashingGate } from '../passwords/hashing-gate.js';
import { normaliseEmail } from '../tenants/account.entity.js';
import { Operator } from './operator.entity.js';

/** Who may use the console. A new password or role ends what the old one opened. */
@Injectable()
export class OperatorAccounts implements OnApplicationBootstrap {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly hashing: HashingGate,
  ) {}

  /** The first account, from the environment: without one nobody could add the second from the console's side. */
  async onApplicationBootstrap(): Promise<void> {
    const { FIRST_OPERATOR_EMAIL: email, FIRST_OPERATOR_PASSWORD: password } = this.config;
    if (email === undefined || password === undefined) return;
    const known = await this.door.read('first-operator', () =>
      em().findOne(Operator, { email: normaliseEmail(email) }),
    );
    if (known) return;
    const passwordHash = await this.hashing.hash(password);
    await this.door.commit('first-operator', () =>
      // Two replicas start at once: one of them is first.
      sql(
        `insert into operator (id, email, password_hash, role, created_at) values ($1, $2, $3, 'operator', $4)
         on conflict do nothing`,
        [newId('opr'), normaliseEmail(email), passwordHash, this.clock.nowIso()],
      ),
    );
  }

  async list(): Promise<OperatorAccount[]> {
    const operators = await this.door.read('operators', () => em().find(Operator, {}, { orderBy: { email: 'asc' } }));
    return operators.map(describe);
  }

  /** Adds an account, or gives an existing one this password and role, also a disabled one. */
  async put({ email: typed, role, password }: AddOperator): Promise<OperatorAccount> {
    const email = normaliseEmail(typed);
    const passwordHash = await this.hashing.hash(password);
    return this.door.commit('put-operator', async () => {
      // A log-in under way is done before, and its session ends below, or it finds the new password.
      const known = await em().findOne(Operator, { email }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      const operator =
        known ?? em().create(Operator, { id: newId('opr'), email, passwordHash, role, createdAt: this.clock.now() });
      Object.assign(operator, { passwordHash, role, disabledAt: null });
      await this.endSessions(operator.id);
      await audit({
        action: 'put-operator',
        target: operator.id,
        reason: `role ${role}`,
        outcome: known ? 'changed' : 'added',
      });
      return describe(operator);
    });
  }

  async disable(email: string): Promise<OperatorAccount> {
    return this.door.commit('disable-operator', async () => {
      const operator = await em().findOne(Operator, { email: normaliseEmail(email) });
      if (!operator) throw new ProblemError('operator_not_found');
      operator.disabledAt ??= this.clock.now();
      await this.endSessions(operator.id);
      await audit({ action: 'disable-operator', target: operator.id, reason: 'asked for by an administrator' });
      return describe(operator);
    });
  }

  private async endSessions(operatorId: string): Promise<void> {
    await sql('update operator_session set ended_at = $2 where operator_id = $1 and ended_at is null', [
      operatorId,
      this.clock.nowIso(),
    ]);
  }
}

function describe({ email, role, createdAt, disabledAt }: Operator): OperatorAccount {
  return { email, role, created_at: createdAt.toISOString(), disabled_at: disabledAt?.toISOString() ?? null };
}
