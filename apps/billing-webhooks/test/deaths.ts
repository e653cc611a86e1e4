import { AsyncLocalStorage } from 'node:async_hooks';
import type { RunningService } from '@latchkey/shared/service';
import { Door } from '@latchkey/shared/persistence';
import { StripeApi } from '@latchkey/vendor-stripe';
import type { Type } from '@nestjs/common';
import { ReadAhead } from '../src/stripe-inbox/read-ahead.js';

interface Life {
  dieAt: number;
  passed: string[];
  died: string | null;
}

/** Thrown where the process would be killed. What is not committed or sent by then does not happen. */
class Death extends Error {}

/** A use case that deaths are planned in; the first argument of its `run` names the life. */
type Entry = Type<{ run(key: string, ...rest: never[]): Promise<unknown> }>;

const stripeCalls = [
  'getCheckout',
  'getSubscription',
  'cancelSubscription',
  'listPayments',
  'findRefunds',
  'refundPayment',
] as const;

/**
 * Ends a piece of work before or after each call of Stripe and each commit, one point at a time, and lets the job come
 * back as after a kill. The points are counted as they are passed, so a new call or commit is one more of them.
 */
export class Deaths {
  private readonly lives = new Map<string, Life>();
  private readonly current = new AsyncLocalStorage<Life>();

  constructor(service: RunningService, entries: Entry[]) {
    for (const entry of entries) {
      const useCase = service.get(entry);
      const run = useCase.run.bind(useCase);
      useCase.run = (key, ...rest) => {
        const life = this.lives.get(key);
        return life ? this.current.run(life, () => run(key, ...rest)) : run(key, ...rest);
      };
    }
    const door = service.get(Door);
    const commit = door.commit.bind(door);
    door.commit = (label, fn) => this.around(`commit ${label}`, () => commit(label, fn));
    const stripe = service.get(StripeApi) as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
    for (const name of stripeCalls) {
      const call = stripe[name]!.bind(stripe);
      stripe[name] = (...args) => this.around(name, () => call(...args));
    }
    // What was asked ahead is waited for by the piece of work all the same.
    const ahead = service.get(ReadAhead);
    const take = ahead.take.bind(ahead);
    ahead.take = (sessionId) => {
      const read = take(sessionId);
      return read && this.around('getCheckout', () => read);
    };
  }

  /** From now on this life ends once, at its `dieAt`th point; without a number its points are only counted. */
  plan(key: string, dieAt = Infinity): Life {
    const life = { dieAt, passed: [], died: null };
    this.lives.set(key, life);
    return life;
  }

  private async around<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.pass(`before ${name}`);
    const result = await work();
    this.pass(`after ${name}`);
    return result;
  }

  private pass(point: string): void {
    const life = this.current.getStore();
    if (!life) return;
    life.passed.push(point);
    if (life.died !== null || life.passed.length !== life.dieAt) return;
    life.died = point;
    throw new Death(`died ${point}`);
  }
}
