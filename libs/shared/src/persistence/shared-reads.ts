import { isInfrastructureFailure } from '../errors/infrastructure.js';

interface Waiting {
  item: unknown;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

type Work = (items: unknown[]) => Promise<unknown[]>;

interface Shape {
  underWay: number;
  waiting: Waiting[];
}

/** So many questions of one shape are under way at once; who comes meanwhile is answered by the next one, together. */
const underWayMax = 2;
/** A question for more would make its first askers wait for its last rows. */
const togetherMax = 64;

/**
 * Equal questions with different values, outside of any transaction: a crowd of waiting screens asks for one row each.
 * The first goes at once; those that come while it is under way are asked together. Each is asked after it was wished
 * for, so nobody is told what was true before.
 */
export class SharedReads {
  private readonly shapes = new Map<string, Shape>();

  /** `work` answers with one result for each item, in their order, and may be asked again for one of them alone. */
  ask<Item, Result>(name: string, item: Item, work: (items: Item[]) => Promise<Result[]>): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const shape = this.shapes.get(name) ?? { underWay: 0, waiting: [] };
      this.shapes.set(name, shape);
      shape.waiting.push({ item, resolve: resolve as (result: unknown) => void, reject });
      if (shape.underWay < underWayMax) void this.run(name, shape, work as Work);
    });
  }

  private async run(name: string, shape: Shape, work: Work): Promise<void> {
    shape.underWay++;
    while (shape.waiting.length > 0) await this.answer(shape.waiting.splice(0, togetherMax), work);
    shape.underWay--;
    if (shape.underWay === 0) this.shapes.delete(name);
  }

  private async answer(entries: readonly Waiting[], work: Work): Promise<void> {
    try {
      const results = await work(entries.map(({ item }) => item));
      entries.forEach(({ resolve }, index) => resolve(results[index]));
    } catch (error) {
      // A value that PostgreSQL refuses is its asker's matter only; a database that is away is everybody's.
      if (entries.length > 1 && !isInfrastructureFailure(error))
        await Promise.all(entries.map((entry) => this.answer([entry], work)));
      else for (const { reject } of entries) reject(error);
    }
  }
}
