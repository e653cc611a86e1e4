import { AsyncLocalStorage } from 'node:async_hooks';
import { runInDoor, type OpenDoor } from './transaction.js';

/** One piece of work that shares its transaction with others. */
export interface Member {
  label: string;
  /** The tenant, usually: two pieces of work with the same key never share a transaction, because they may change the same rows. */
  key: string;
  /** Runs something of the member's in the scope of whoever asked for it: log lines, facts and jobs name their own cause. */
  within: <T>(door: OpenDoor, fn: () => T) => T;
  /** May run a second time, after a rollback. */
  fn: () => unknown;
}

/** `fn` as a member, in the scope that it is made in. */
export function memberOf(label: string, key: string, fn: () => unknown): Member {
  const inScope = AsyncLocalStorage.snapshot();
  return { label, key, fn, within: (door, inside) => inScope(() => runInDoor(door, inside)) };
}

/** Commits all of its members or none, and answers with their results in order. `committing` is called when only the disk is waited for. */
export type Transact = (members: readonly Member[], committing?: () => void) => Promise<unknown[]>;

interface Waiting extends Member {
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

/**
 * Who comes while one is under way makes up the next: more at once would make them smaller, not faster. But one that takes
 * longer than this, behind somebody's lock, is not waited for.
 */
const patienceMs = 100;
/** So many connections may wait like that. */
const groupsMax = 6;
/** One failing member makes all of them run again, alone; and what is locked is locked until the slowest is done. */
const membersMax = 32;

/**
 * Group commit: pieces of work that wait at the same time become true in one transaction, which costs one BEGIN, one
 * COMMIT with its wait for the disk, and one statement where each would have sent its own. Nobody waits for company:
 * work that finds a place free starts at once. When a member fails, the transaction is rolled back and each runs alone,
 * so a failure is its own member's only.
 */
export class GroupCommit {
  private readonly waiting: Waiting[] = [];
  /** Transactions that have not ended, and whether the latest of them is still waited for. */
  private running = 0;
  private isAwaiting = false;

  constructor(private readonly transact: Transact) {}

  join<T>(label: string, key: string, fn: () => Promise<T> | T): Promise<T> {
    const member = memberOf(label, key, fn);
    return new Promise<T>((resolve, reject) => {
      this.waiting.push({ ...member, resolve: resolve as (result: unknown) => void, reject });
      this.startNext();
    });
  }

  private startNext(): void {
    if (this.isAwaiting || this.running >= groupsMax || this.waiting.length === 0) return;
    this.isAwaiting = true;
    this.running++;
    // Whoever becomes ready in the same turn belongs to the same group.
    queueMicrotask(() => void this.run(this.takeMembers()));
  }

  private async run(members: readonly Waiting[]): Promise<void> {
    let isAwaited = true;
    const letNextStart = () => {
      if (isAwaited) this.isAwaiting = false;
      isAwaited = false;
      this.startNext();
    };
    const impatience = setTimeout(letNextStart, patienceMs);
    try {
      const results = await this.transact(members, letNextStart);
      members.forEach(({ resolve }, index) => resolve(results[index]));
    } catch (error) {
      if (members.length === 1) members[0]!.reject(error);
      // Which of them failed, and whether at all, shows when each runs alone.
      else void Promise.all(members.map((member) => this.runAlone(member)));
    } finally {
      clearTimeout(impatience);
      this.running--;
      letNextStart();
    }
  }

  private async runAlone(member: Waiting): Promise<void> {
    await this.transact([member]).then(([result]) => member.resolve(result), member.reject);
  }

  private takeMembers(): Waiting[] {
    const keys = new Set<string>();
    const taken: Waiting[] = [];
    for (let index = 0; index < this.waiting.length && taken.length < membersMax;) {
      const { key } = this.waiting[index]!;
      if (keys.has(key)) index++;
      else {
        keys.add(key);
        taken.push(...this.waiting.splice(index, 1));
      }
    }
    return taken;
  }
}
