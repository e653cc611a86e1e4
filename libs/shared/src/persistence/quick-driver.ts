import {
  LockMode,
  type Configuration,
  type EntityData,
  type EntityDictionary,
  type EntityMetadata,
  type EntityName,
  type FilterQuery,
  type FindOptions,
  type NativeInsertUpdateManyOptions,
  type NativeInsertUpdateOptions,
  type ObjectQuery,
  type QueryResult,
  type Transaction,
} from '@mikro-orm/core';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { gatheringOf } from './gathering.js';
import { judgeByCommit } from './pg-client.js';
import { PreparedConnection } from './prepared-connection.js';
import { SharedReads } from './shared-reads.js';

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
  private readonly sharedReads = new SharedReads();

  constructor(config: Configuration) {
    super(config);
    this.connection = new PreparedConnection(config);
  }

  /** A plain table: no relations, no inheritance, nothing computed. */
  isFlat(meta: EntityMetadata): boolean {
    return columnsOf(meta) !== null;
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
    const from = `select ${columns} from ${this.platform.quoteIdentifier(meta.tableName)} where `;
    const rest = `${order}${limit == null ? '' : ` limit ${Number(limit)}`}${lock}`;
    const ctx = given.ctx as Transaction | undefined;
    const text = from + condition.text + rest;
    const forAll = (wanted: Condition[]) => this.findForAll(from, rest, wanted, ctx);
    const gathering = gatheringOf(ctx);
    const isAlone = condition.values.length === 0 || (ctx !== undefined && gathering === undefined);
    const rows = isAlone
      ? await this.run<Row[]>(text, condition.values, 'all', ctx)
      : await (gathering ? gathering.bring(text, condition, forAll) : this.sharedReads.ask(text, condition, forAll));
    return rows.map((row) => this.mapResult(row as never, meta as never)) as never;
  }

  /** The same question with different values, for all at once: a row of values each, and beside it what was found for it. */
  private async findForAll(
    from: string,
    rest: string,
    wanted: Condition[],
    ctx: Transaction | undefined,
  ): Promise<Row[][]> {
    const [first] = wanted as [Condition];
    if (wanted.length === 1) return [await this.run<Row[]>(from + first.text + rest, first.values, 'all', ctx)];
    const arrays = first.types.map((type, index) => `$${index + 1}::${withoutLength(type)}[]`);
    const names = first.types.map((_, index) => `v${index}`);
    let index = 0;
    const text =
      `select k.n::int as "${rowNumber}", found.* from unnest(${arrays.join(', ')}) with ordinality as k(${names.join(', ')}, n) ` +
      `cross join lateral (${from}${first.text.replaceAll('?', () => `k.v${index++}`)}${rest}) as found`;
    const values = first.types.map((_, at) => wanted.map((condition) => asArrayItem(condition.values[at])));
    const rows = await this.rethrow(this.connection.executePlain<Row>(text, values, ctx));
    const found: Row[][] = wanted.map(() => []);
    for (const { [rowNumber]: number, ...row } of rows) found[(number as number) - 1]!.push(row);
    return found;
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
    const values = [...change.values, ...condition.values];
    const ctx = given.ctx as Transaction | undefined;
    // Only what is flushed comes with its values converted; whoever asks for the update himself wants to know how many rows it met.
    return given.convertCustomTypes === false ? this.change(text, values, ctx) : this.run(text, values, 'run', ctx);
  }

  /** One statement for each set of columns that changed, instead of one long text that is never the same twice. */
  override async nativeUpdateMany<T extends object>(
    entityName: EntityName<T>,
    where: FilterQuery<T>[],
    data: EntityDictionary<T>[],
    options: NativeInsertUpdateManyOptions<T> & { ctx?: Transaction } = {},
  ): Promise<QueryResult<T>> {
    const meta = this.metadata.get(entityName) as unknown as EntityMetadata;
    const converts = (options as Row).convertCustomTypes !== false;
    const changes = data.map((row, index) => ({
      condition: conditionOf(meta, where[index]),
      change: changeOf(meta, row as Row, converts),
    }));
    const isQuick =
      columnsOf(meta) &&
      isFree(options as Row, otherUpdateOptions) &&
      changes.every(({ condition, change }) => condition && change);
    if (!isQuick) return super.nativeUpdateMany(entityName, where, data, options);
    const table = this.platform.quoteIdentifier(meta.tableName);
    const groups = Map.groupBy(changes as { condition: Condition; change: Change }[], ({ condition, change }) =>
      [change.text, condition.text].join(' where '),
    );
    for (const [shape, group] of groups) {
      const [{ condition, change }] = group as [{ condition: Condition; change: Change }];
      const types = [...change.types, ...condition.types];
      const rows = group.map((each) => [...each.change.values, ...each.condition.values]);
      // PostgreSQL would take a list of lists apart down to its last items.
      if (rows.length === 1 || types.some((type) => type.endsWith('[]'))) {
        for (const row of rows) await this.change(`update ${table} set ${shape}`, row, options.ctx);
        continue;
      }
      const names = types.map((_, index) => `v${index}`);
      const arrays = types.map((type, index) => `$${index + 1}::${withoutLength(type)}[]`);
      let index = 0;
      const body = shape.replaceAll('?', () => `k.v${index++}`);
      const text = `update ${table} set ${body.replace(' where ', ` from unnest(${arrays.join(', ')}) as k(${names.join(', ')}) where `)}`;
      const values = types.map((_, at) => rows.map((row) => asArrayItem(row[at])));
      await this.rethrow(this.connection.executePlain(text, options.ctx ? judgeByCommit(values) : values, options.ctx));
    }
    return { affectedRows: data.length, insertId: 0 as never };
  }

  /**
   * What the door flushes is followed by its commit, so nobody waits for it: columnsOf() knows no table with a version or a
   * check of concurrency, for which the ORM would look at the number of rows.
   */
  private async change<T>(text: string, values: unknown[], ctx: Transaction | undefined): Promise<QueryResult<T>> {
    if (ctx && (await this.connection.executeWithCommit(text, values, ctx)))
      return { affectedRows: 1, insertId: 0 as never };
    return this.run(text, values, 'run', ctx);
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
    meta.concurrencyCheckKeys.size === 0 &&
    meta.props.every((prop) => prop.fieldNames?.length === 1 && !prop.formula && !prop.generated && !prop.lazy)
  );
}

function isFree(options: Row, names: readonly string[]): boolean {
  const { schema } = options;
  return (schema === undefined || schema === 'public') && names.every((name) => options[name] === undefined);
}

/** Something that a column can be compared with as it is. */
export function isPlain(value: unknown): boolean {
  return value === null || typeof value !== 'object' || value instanceof Date;
}

function column(meta: EntityMetadata, name: string): string | undefined {
  const prop = meta.properties[name as never] as { fieldNames: string[]; customType?: unknown } | undefined;
  return prop && !prop.customType ? `"${prop.fieldNames[0]}"` : undefined;
}

/** `types` are PostgreSQL's names of the values' types. */
interface Condition {
  text: string;
  values: unknown[];
  types: string[];
}
type Change = Condition;

/** In the answers to gathered questions, which of them a row belongs to. */
const rowNumber = '_of';

/** The driver writes dates in arrays by the machine's zone; as text they are the same everywhere. */
function asArrayItem(value: unknown): unknown {
  return value instanceof Date ? value.toISOString() : value;
}

/** `varchar(20)` as `varchar`: a cast to it would cut what is longer, where the column refuses it and a question finds nothing. */
function withoutLength(type: string): string {
  const name = type.replace(/\(.*\)/, '');
  // Without a length these would be those of one character.
  return name === 'char' || name === 'character' ? 'bpchar' : name;
}

/** `{ tenantId: 'x', endedAt: null }` as SQL; undefined for anything with an operator in it. */
function conditionOf(meta: EntityMetadata, where: unknown): Condition | undefined {
  if (typeof where !== 'object' || where === null || Array.isArray(where)) return undefined;
  const texts: string[] = [];
  const values: unknown[] = [];
  const types: string[] = [];
  for (const [key, value] of Object.entries(where)) {
    const name = column(meta, key);
    if (name === undefined || value === undefined || !isPlain(value)) return undefined;
    if (value === null) texts.push(`${name} is null`);
    else {
      texts.push(`${name} = ?`);
      values.push(value);
      types.push(typeOf(meta, key));
    }
  }
  return texts.length > 0 && Object.getOwnPropertySymbols(where).length === 0
    ? { text: texts.join(' and '), values, types }
    : undefined;
}

function typeOf(meta: EntityMetadata, key: string): string {
  return (meta.properties[key as never] as { columnTypes: string[] }).columnTypes[0]!;
}

function changeOf(meta: EntityMetadata, data: Row, converts: boolean): Change | undefined {
  const texts: string[] = [];
  const values: unknown[] = [];
  const types: string[] = [];
  for (const [key, value] of Object.entries(data)) {
    const prop = meta.properties[key as never] as
      { fieldNames: string[]; customType?: unknown; hasConvertToDatabaseValueSQL?: boolean } | undefined;
    if (!prop || prop.hasConvertToDatabaseValueSQL || (prop.customType && converts) || !isPlain(value))
      return undefined;
    texts.push(`"${prop.fieldNames[0]}" = ?`);
    values.push(value);
    types.push(typeOf(meta, key));
  }
  return texts.length > 0 ? { text: texts.join(', '), values, types } : undefined;
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
