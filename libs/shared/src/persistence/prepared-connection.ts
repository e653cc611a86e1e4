import type { Transaction } from '@mikro-orm/core';
import { PostgreSqlConnection } from '@mikro-orm/postgresql';
import { CompiledQuery, type QueryResult } from 'kysely';

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

/**
 * MikroORM 7 writes every value into the statement's text, so that no two are alike and PostgreSQL parses and plans each
 * anew. Here values travel as parameters, and PgClient prepares what comes often. A statement with a value that only
 * the ORM can write goes the ORM's way.
 */
export class PreparedConnection extends PostgreSqlConnection {
  override async execute<T>(...args: Parameters<PostgreSqlConnection['execute']>): Promise<T> {
    const [query, params = [], method = 'all', transaction, options] = args;
    if (typeof query !== 'string' || !Array.isArray(params) || (options && 'signal' in options))
      return super.execute(...args) as Promise<T>;
    const text = numbered(query);
    if (text === null) return super.execute(...args) as Promise<T>;
    const values: unknown[] = [];
    for (const param of params) {
      const value = plain(param);
      if (value === undefined) return super.execute(...args) as Promise<T>;
      values.push(value);
    }
    await this.ensureConnection();
    const executor = (transaction ?? this.getClient()) as {
      executeQuery(query: CompiledQuery): Promise<QueryResult<unknown>>;
    };
    return this.transformRawResult<T>(await executor.executeQuery(CompiledQuery.raw(text, values)), method);
  }

  /** Text with `$1`-style parameters, which may be arrays; the rows as the driver returns them. */
  async executePlain<Row>(text: string, values: readonly unknown[], transaction?: Transaction): Promise<Row[]> {
    await this.ensureConnection();
    const executor = (transaction ?? this.getClient()) as {
      executeQuery(query: CompiledQuery): Promise<QueryResult<Row>>;
    };
    return (await executor.executeQuery(CompiledQuery.raw(text, [...values]))).rows;
  }
}
