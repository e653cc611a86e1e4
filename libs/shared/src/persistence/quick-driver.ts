import {
  LockMode,
  type Configuration,
  type EntityData,
  type EntityDictionary,
  type EntityMetadata,
  type EntityName,
  type FilterQuery,
  type FindOptions,
  type NativeInsertUpdateOptions,
  type ObjectQuery,
  type QueryResult,
  type Transaction,
} from '@mikro-orm/core';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { PreparedConnection } from './prepared-connection.js';

type Row = Record<string, unknown>;

/** What changes a statement beyond its `where`, order, limit and lock: with any of these the ORM builds it. */
const otherFindOptions = [
  'fields',
  'exclude',
  'groupBy',
  'having',
  'indexHint',
  'using',
  'collation',
  'comments',
  'hintComments',
  'first',
  'last',
  'before',
  'after',
  'offset',
  'unionWhere',
  '_partitionLimit',
  'lockTableAliases',
  'signal',
] as const;
const otherUpdateOptions = ['upsert', 'unionWhere', 'signal'] as const;

/**
 * The ORM's query builder takes longer to write `select ... where id = ?` than PostgreSQL and the driver take to answer
 * it (measured: 0.25 of 0.55 ms), and nearly all of our statements are of that kind: columns compared with values. Those
 * are written here; everything else goes the ORM's way.
 */
export class QuickDriver extends PostgreSqlDriver {
  override readonly connection: PreparedConnection;

  constructor(config: Configuration) {
    super(config);
    this.connection = new PreparedConnection(config);
  }

  override async find<T extends object, P extends string = never, F extends string = never, E extends string = never>(
    entityName: EntityName<T>,
    where: ObjectQuery<T>,
    options: FindOptions<T, P, F, E> = {},
  ): Promise<EntityData<T>[]> {
    const meta = this.metadata.get(entityName) as unknown as EntityMetadata;
    const given = options as Row;
    const columns = columnsOf(meta);
    const condition = columns && isFree(given, otherFindOptions) ? conditionOf(meta, where) : undefined;
    const order = condition && orderOf(meta, given.orderBy);
    const lock = lockOf(given.lockMode);
    if (!condition || order === undefined || lock === undefined || (given.populate as unknown[] | undefined)?.length)
      return super.find(entityName, where, options);
    const limit = given.limit as number | undefined;
    const values = limit == null ? condition.values : [...condition.values, limit];
    const text =
      `select ${columns} from ${this.platform.quoteIdentifier(meta.tableName)} where ${condition.text}` +
      `${order}${limit == null ? '' : ' limit ?'}${lock}`;
    const rows = await this.run<Row[]>(text, values, 'all', given.ctx as Transaction | undefined);
    return rows.map((row) => this.mapResult(row as never, meta as never)) as never;
  }

  override async nativeUpdate<T extends object>(
    entityName: EntityName<T>,
    where: FilterQuery<T>,
    data: EntityDictionary<T>,
    options: NativeInsertUpdateOptions<T> & { ctx?: Transaction } = {},
  ): Promise<QueryResult<T>> {
    const meta = this.metadata.get(entityName) as unknown as EntityMetadata;
    const given = options as Row;
    const condition = columnsOf(meta) && isFree(given, otherUpdateOptions) ? conditionOf(meta, where) : undefined;
    const change = condition && changeOf(meta, data as Row, given.convertCustomTypes !== false);
    if (!change) return super.nativeUpdate(entityName, where, data, options);
    const text = `update ${this.platform.quoteIdentifier(meta.tableName)} set ${change.text} where ${condition.text}`;
    return this.run(text, [...change.values, ...condition.values], 'run', given.ctx as Transaction | undefined);
  }

  private run<T>(text: string, values: unknown[], method: 'all' | 'run', ctx: Transaction | undefined): Promise<T> {
    return this.rethrow(this.connection.execute<never>(text, values, method, ctx)) as Promise<T>;
  }
}

const knownColumns = new WeakMap<EntityMetadata, string | null>();

/**
 * The columns of a plain table by name, so that a prepared plan survives a column that a newer replica's migration adds.
 * Null for entities with relations, inheritance, another schema, or what PostgreSQL or the ORM computes.
 */
function columnsOf(meta: EntityMetadata): string | null {
  let columns = knownColumns.get(meta);
  if (columns === undefined) {
    columns = isFlat(meta) ? meta.props.map((prop) => `"${prop.fieldNames[0]}"`).join(', ') : null;
    knownColumns.set(meta, columns);
  }
  return columns;
}

function isFlat(meta: EntityMetadata): boolean {
  return (
    meta.relations.length === 0 &&
    !meta.virtual &&
    (!meta.schema || meta.schema === 'public') &&
    !meta.inheritanceType &&
    !meta.versionProperty &&
    meta.props.every((prop) => prop.fieldNames?.length === 1 && !prop.formula && !prop.generated && !prop.lazy)
  );
}

function isFree(options: Row, names: readonly string[]): boolean {
  const { schema } = options;
  return (schema === undefined || schema === 'public') && names.every((name) => options[name] === undefined);
}

function isPlain(value: unknown): boolean {
  return value === null || typeof value !== 'object' || value instanceof Date;
}

function column(meta: EntityMetadata, name: string): string | undefined {
  const prop = meta.properties[name as never] as { fieldNames: string[]; customType?: unknown } | undefined;
  return prop && !prop.customType ? `"${prop.fieldNames[0]}"` : undefined;
}

/** `{ tenantId: 'x', endedAt: null }` as SQL; undefined for anything with an operator in it. */
function conditionOf(meta: EntityMetadata, where: unknown): { text: string; values: unknown[] } | undefined {
  if (typeof where !== 'object' || where === null || Array.isArray(where)) return undefined;
  const texts: string[] = [];
  const values: unknown[] = [];
  for (const [key, value] of Object.entries(where)) {
    const name = column(meta, key);
    if (name === undefined || value === undefined || !isPlain(value)) return undefined;
    if (value === null) texts.push(`${name} is null`);
    else {
      texts.push(`${name} = ?`);
      values.push(value);
    }
  }
  return texts.length > 0 && Object.getOwnPropertySymbols(where).length === 0
    ? { text: texts.join(' and '), values }
    : undefined;
}

function changeOf(meta: EntityMetadata, data: Row, converts: boolean): { text: string; values: unknown[] } | undefined {
  const texts: string[] = [];
  const values: unknown[] = [];
  for (const [key, value] of Object.entries(data)) {
    const prop = meta.properties[key as never] as
      { fieldNames: string[]; customType?: unknown; hasConvertToDatabaseValueSQL?: boolean } | undefined;
    if (!prop || prop.hasConvertToDatabaseValueSQL || (prop.customType && converts) || !isPlain(value))
      return undefined;
    texts.push(`"${prop.fieldNames[0]}" = ?`);
    values.push(value);
  }
  return texts.length > 0 ? { text: texts.join(', '), values } : undefined;
}

function orderOf(meta: EntityMetadata, orderBy: unknown): string | undefined {
  const wishes = (Array.isArray(orderBy) ? orderBy : [orderBy ?? {}]) as Row[];
  const parts: string[] = [];
  for (const [key, direction] of wishes.flatMap((wish) => Object.entries(wish))) {
    const name = column(meta, key);
    if (name === undefined || (direction !== 'asc' && direction !== 'desc')) return undefined;
    parts.push(`${name} ${direction}`);
  }
  return parts.length > 0 ? ` order by ${parts.join(', ')}` : '';
}

function lockOf(mode: unknown): string | undefined {
  if (mode === undefined || mode === LockMode.NONE) return '';
  return mode === LockMode.PESSIMISTIC_WRITE ? ' for update' : undefined;
}
