import { AsyncLocalStorage } from 'node:async_hooks';

interface Waiting {
  item: unknown;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

interface Company {
  entries: Waiting[];
  /** In the scope of whoever came first: the door it opens is of the same transaction for all. */
  work: (items: unknown[]) => Promise<unknown[]>;
}

/**
 * Where the members of a shared transaction bring what can be asked for all of them at once: rows of one table by
 * different keys, inbox rows, jobs that are done. What is brought before the event loop turns goes out as one statement
 * for each name, all with one write, sorted by its key, so that two shared transactions lock in the same order.
 */
export class Gathering {
  private waiting = new Map<string, Company>();

  /** `work` answers with one result for each item, in their order. What it throws, everybody gets. */
  bring<Item, Result>(name: string, item: Item, work: (items: Item[]) => Promise<Result[]>): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const entry: Waiting = { item, resolve: resolve as (result: unknown) => void, reject };
      const company = this.waiting.get(name);
      if (company) {
        company.entries.push(entry);
        return;
      }
      if (this.waiting.size === 0) setImmediate(() => this.workAll());
      const inScope = AsyncLocalStorage.snapshot();
      this.waiting.set(name, { entries: [entry], work: (items) => inScope(work as Company['work'], items) });
    });
  }

  private workAll(): void {
    const { waiting } = this;
    this.waiting = new Map();
    for (const company of waiting.values()) void this.answer(company);
  }

  private async answer({ entries, work }: Company): Promise<void> {
    if (entries.length > 1) sortByKey(entries);
    try {
      const results = await work(entries.map(({ item }) => item));
      entries.forEach(({ resolve }, index) => resolve(results[index]));
    } catch (error) {
      for (const { reject } of entries) reject(error);
    }
  }
}

function sortByKey(entries: Waiting[]): void {
  const keys = new Map(entries.map((entry) => [entry, JSON.stringify(entry.item)]));
  entries.sort((a, b) => (keys.get(a)! < keys.get(b)! ? -1 : 1));
}

const gatherings = new WeakMap<object, Gathering>();

/** From now on, statements of the transaction are gathered. `transaction` is what the ORM hands to its driver. */
export function gatherFor(transaction: object): Gathering {
  const gathering = new Gathering();
  gatherings.set(transaction, gathering);
  return gathering;
}

export function gatheringOf(transaction: object | undefined): Gathering | undefined {
  return transaction && gatherings.get(transaction);
}
