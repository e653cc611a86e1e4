import { ProblemError } from '@latchkey/shared/errors';
import { Door } from '@latchkey/shared/persistence';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../gateway/caller.js';
import { RateLimits, type Limit, type Refusal, type Use } from '../limits/rate-limits.js';

/** Ten wrong passwords for one account from one network, or a hundred from one network over all accounts. */
const perAccountAndNetwork: Limit = { name: 'login-failed', max: 10, windowMs: 15 * 60_000 };
const perNetwork: Limit = { name: 'login-failed-address', max: 100, windowMs: 15 * 60_000 };

/**
 * Counts wrong passwords of customers wherever one is typed, so that no door is the one to guess at. Counted per account
 * and network: an attacker elsewhere cannot lock the customer out.
 */
@Injectable()
export class PasswordTries {
  constructor(
    private readonly door: Door,
    private readonly limits: RateLimits,
  ) {}

  /**
   * Throws `login_locked` after too many wrong ones. To be asked in an open door, before the password is looked at and
   * once more before it opens anything: many tries at once all come in before the first of them is counted.
   */
  async refuseLocked(email: string, caller: Caller): Promise<void> {
    refuseIfLocked(await this.limits.refusedFor(...uses(email, caller)));
  }

  /** In a commit of its own. Throws `login_locked` instead of counting one too many: the caller then says no more than that. */
  async countWrong(email: string, caller: Caller): Promise<void> {
    refuseIfLocked(await this.door.commit('password-wrong', () => this.limits.take(...uses(email, caller))));
  }

  /** The wrong ones before a right one do not count any more. Belongs inside a commit. */
  async forget(email: string, caller: Caller): Promise<void> {
    await this.limits.forget(perAccountAndNetwork, subjectOf(email, caller));
  }
}

const subjectOf = (email: string, { network }: Caller): string => `${email}|${network}`;

const uses = (email: string, caller: Caller): Use[] => [
  [perAccountAndNetwork, subjectOf(email, caller)],
  [perNetwork, caller.network],
];

/** Throws `login_locked` with its pause when a count of tries is used up, a customer's or an operator's. */
export function refuseIfLocked(refused: Refusal | null): void {
  if (refused) throw new ProblemError('login_locked', { retryAfterSeconds: refused.seconds });
}
