import type { Transaction } from '@mikro-orm/core';
import { PostgreSqlConnection } from '@mikro-orm/postgresql';
import { CompiledQuery, type DatabaseConnection, type Kysely, type QueryResult } from 'kysely';
import { judgeByCommit } from './pg-client.js';

/** Texts remembered; statements are the ORM's own and repeat, lists of varying length must not grow this for ever. */
const textsMax = 2_000;
const texts = new Map<string, string | null>();

/** `?` becomes `$1`, `$2` ...; null for a text that only the ORM's own formatter understands (`??`, an escaped `\?`, a quoted one). */
function numbered(text: string): string | null {
  const known = texts.get(text);
  if (known !== undefined) return known;
  let count = 0;
  const strange = text.includes('??') || text.includes('\\?') || text.includes("'");
  const result = strange ? null : text.replaceAll('?', () => `$${++count}`);
  if (texts.size < textsMax) texts.set(text, result);
  return result;
}

/** A value as the driver sends it; undefined for one that only the ORM knows how to write (arrays, JSON, raw fragments). */
function plain(value: unknown): string | number | boolean | Buffer | null | undefined {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'bigint') return value.toString();
  return Buffer.isBuffer(value) ? value : undefined;
}

/** Text and values as they are sent; undefined for what only the ORM can write. */
function prepared(query: string, params: readonly unknown[]): [string, unknown[]] | undefined {
  const text = numbered(query);
  if (text === null) return undefined;
  const values = params.map(plain);
  return values.includes(undefined) ? undefined : [text, values];
}

/** Of an open transaction, its connection; null once it was told to end. */
const connections = new WeakMap<object, DatabaseConnection | null>();

function tellToEnd(transaction: object): void {
  if (connections.has(transaction)) connections.set(transaction, null);
}

type Begin = PostgreSqlConnection['begin'];

/**
 * MikroORM 7 writes every value into the statement's text, so that no two are alike and PostgreSQL parses and plans each
 * anew. Here values travel as parameters, and PgClient prepares what comes often. A statement with a value that only
 * the ORM can write goes the ORM's way.
 *
 * Inside a transaction the query builder sends one statement when the one before was answered, and wakes all who wait
 * after each. Here they go straight to the connection: what the members of a shared transaction ask in one turn travels
 * together, and PostgreSQL answers in its order.
 */
export class PreparedConnection extends PostgreSqlConnection {
  override async begin(...args: Parameters<Begin>): ReturnType<Begin> {
    const transaction = await super.begin(...args);
    const executor = (transaction as unknown as Kysely<unknown>).getExecutor();
    if (!args[0]?.ctx)
      connections.set(transaction, await executor.provideConnection((connection) => Promise.resolve(connection)));
    return transaction;
  }

  override async commit(...args: Parameters<PostgreSqlConnection['commit']>): Promise<void> {
    tellToEnd(args[0]);
    return super.commit(...args);
  }

  override async rollback(...args: Parameters<PostgreSqlConnection['rollback']>): Promise<void> {
    tellToEnd(args[0]);
    return super.rollback(...args);
  }

  override async execute<T>(...args: Parameters<PostgreSqlConnection['execute']>): Promise<T> {
    const [query, params = [], method = 'all', transaction, options] = args;
    if (typeof query !== 'string' || !Array.isArray(params) || (options && 'signal' in options))
      return super.execute(...args) as Promise<T>;
    const statement = prepared(query, params);
    if (!statement) return super.execute(...args) as Promise<T>;
    return this.transformRawResult<T>(await this.send(...statement, transaction), method);
  }

  /**
   * The same for a change in a transaction of which nothing is to be known: it travels with the next statement, the commit
   * at last, and that throws what it failed with. Answers false, with nothing sent, for what only the ORM can write.
   */
  async executeWithCommit(query: string, params: readonly unknown[], transaction: Transaction): Promise<boolean> {
    const statement = prepared(query, params);
    if (!statement) return false;
    const [text, values] = statement;
    await this.send(text, judgeByCommit(values), transaction);
    return true;
  }

  /** Text with `$1`-style parameters, which may be arrays; the rows as the driver returns them. */
  async executePlain<Row>(text: string, values: readonly unknown[], transaction?: Transaction): Promise<Row[]> {
    return (await this.send(text, values, transaction)).rows as Row[];
  }

  private async send(
    text: string,
    values: readonly unknown[],
    transaction?: Transaction,
  ): Promise<QueryResult<unknown>> {
    const connection = transaction && connections.get(transaction);
    // Behind a commit or rollback it would be somebody else's transaction, or none.
    if (connection === null) throw new Error('A statement was sent after its transaction had been told to end.');
    // pg's wrapper reads nothing else of a compiled query.
    if (connection) return connection.executeQuery({ sql: text, parameters: values } as CompiledQuery);
    await this.ensureConnection();
    const executor = (transaction ?? this.getClient()) as unknown as Kysely<unknown>;
    return executor.executeQuery(CompiledQuery.raw(text, [...values]));
  }
}
