import type { EntityMetadata, EntityName, FindOneOptions, FindOptions, Transaction } from '@mikro-orm/core';
import { EntityManager } from '@mikro-orm/postgresql';
import { isPlain, type QuickDriver } from './quick-driver.js';

type Row = Record<string, unknown>;

const knownOptions = new Set(['lockMode', 'orderBy', 'limit']);

/**
 * Finding rows by plain values is most of what doors ask. The ORM then looks for filters, relations, caches, hooks and
 * hints, which our flat entities do not have: two fifths of the whole question (measured). Here the rows are asked for
 * and made entities; whatever is not that simple goes the ORM's way.
 */
export class QuickEntityManager extends EntityManager<QuickDriver> {
  override findOne = (async (entityName: EntityName<object>, where: unknown, options: Row = {}) => {
    const condition = this.quickCondition(entityName, where, options);
    // What is at hand already need not be asked for.
    if (!condition || this.getUnitOfWork().tryGetById(entityName, where as never))
      return super.findOne(entityName, where as never, options as FindOneOptions<object>);
    const [entity = null] = await this.findQuickly(entityName, condition, { ...options, limit: 1 });
    return entity;
  }) as EntityManager<QuickDriver>['findOne'];

  override find = (async (entityName: EntityName<object>, where: unknown, options: Row = {}) => {
    const condition = this.quickCondition(entityName, where, options);
    return condition
      ? this.findQuickly(entityName, condition, options)
      : super.find(entityName, where as never, options as FindOptions<object>);
  }) as EntityManager<QuickDriver>['find'];

  private async findQuickly(entityName: EntityName<object>, condition: Row, options: Row): Promise<object[]> {
    const ctx = this.getTransactionContext<Transaction>();
    const rows = await this.getDriver().find(entityName, condition as never, { ...options, ctx } as never);
    const factory = this.getEntityFactory();
    return rows.map((row) =>
      factory.create(entityName as never, row as never, { merge: true, convertCustomTypes: true }),
    );
  }

  /** Undefined for what the ORM itself must look at, also when a change that is still to be written may be the answer. */
  private quickCondition(entityName: EntityName<object>, where: unknown, options: Row): Row | undefined {
    const meta = this.metadata.get(entityName) as unknown as EntityMetadata;
    const isQuick =
      this.getDriver().isFlat(meta) &&
      Object.keys(options).every((name) => knownOptions.has(name)) &&
      !this.getUnitOfWork().shouldAutoFlush(meta as never);
    return isQuick ? conditionOf(meta, where) : undefined;
  }
}

/** `'id_1'` as `{ id: 'id_1' }`; undefined for anything but values compared with columns. */
function conditionOf(meta: EntityMetadata, where: unknown): Row | undefined {
  const [key, ...others] = meta.primaryKeys as string[];
  if (typeof where === 'string') return key !== undefined && others.length === 0 ? { [key]: where } : undefined;
  if (typeof where !== 'object' || where === null) return undefined;
  return Object.values(where).every((value) => value !== undefined && isPlain(value)) ? (where as Row) : undefined;
}
