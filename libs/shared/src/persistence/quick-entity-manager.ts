import type { EntityMetadata, EntityName, FindOneOptions, Transaction } from '@mikro-orm/core';
import { EntityManager } from '@mikro-orm/postgresql';
import { isPlain, type QuickDriver } from './quick-driver.js';

type Row = Record<string, unknown>;

const knownOptions = new Set(['lockMode', 'orderBy']);

/**
 * Finding one row by plain values is most of what doors ask. The ORM then looks for filters, relations, caches, hooks
 * and hints, which our flat entities do not have: two fifths of the whole question (measured). Here the row is asked for
 * and made an entity; whatever is not that simple goes the ORM's way.
 */
export class QuickEntityManager extends EntityManager<QuickDriver> {
  override findOne = (async (entityName: EntityName<object>, where: unknown, options: Row = {}) => {
    const meta = this.metadata.get(entityName) as unknown as EntityMetadata;
    const condition = this.isQuick(meta, entityName, where, options) && conditionOf(meta, where);
    if (!condition) return super.findOne(entityName, where as never, options as FindOneOptions<object>);
    const ctx = this.getTransactionContext<Transaction>();
    const found = await this.getDriver().find(entityName, condition as never, { ...options, limit: 1, ctx } as never);
    if (found.length === 0) return null;
    return this.getEntityFactory().create(entityName as never, found[0] as never, {
      merge: true,
      convertCustomTypes: true,
    });
  }) as EntityManager<QuickDriver>['findOne'];

  /** Not what is at hand already, and not what a change that is still to be written may answer. */
  private isQuick(meta: EntityMetadata, entityName: EntityName<object>, where: unknown, options: Row): boolean {
    const work = this.getUnitOfWork();
    return (
      this.getDriver().isFlat(meta) &&
      Object.keys(options).every((name) => knownOptions.has(name)) &&
      !work.shouldAutoFlush(meta as never) &&
      !work.tryGetById(entityName, where as never)
    );
  }
}

/** `'id_1'` as `{ id: 'id_1' }`; undefined for anything but values compared with columns. */
function conditionOf(meta: EntityMetadata, where: unknown): Row | undefined {
  const [key, ...others] = meta.primaryKeys as string[];
  if (typeof where === 'string') return key !== undefined && others.length === 0 ? { [key]: where } : undefined;
  if (typeof where !== 'object' || where === null) return undefined;
  return Object.values(where).every((value) => value !== undefined && isPlain(value)) ? (where as Row) : undefined;
}
