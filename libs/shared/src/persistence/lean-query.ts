import pg from 'pg';

type Result = pg.QueryResult & { _parsers?: unknown; _prebuiltEmptyResultObject: unknown };

/** What pg's Query has and its typings leave out (pg 8.23); every statement of every spec goes through it. */
interface QueryInternals {
  name?: string;
  _result: Result;
  _accumulateRows: unknown;
  prepare(connection: Connection): void;
  handleCommandComplete(message: unknown, connection: Connection): void;
}

interface Connection {
  describe(message: object): void;
}

const PgQuery = pg.Query as unknown as new (
  config: pg.QueryConfig,
  values: undefined,
  callback: (error: Error | null, result: pg.QueryResult) => void,
) => QueryInternals;

/** The columns of a prepared statement's rows, as pg reads them. */
type Shape = Pick<Result, 'fields' | '_parsers' | '_prebuiltEmptyResultObject'>;

/** Of each connection: a prepared statement's columns cannot change while it is prepared, PostgreSQL refuses it then (0A000). */
const shapes = new WeakMap<Connection, Map<string, Shape>>();

const silent = () => undefined;

/**
 * A query that asks for the columns of a prepared statement once for each connection, and not with every use: building
 * them anew was an eighth of what a small statement costs in Node (measured), and PostgreSQL need not tell them.
 */
export class LeanQuery extends PgQuery {
  private connection: Connection | undefined;
  private isKnown = false;

  override prepare(connection: Connection): void {
    const shape = this.name === undefined ? undefined : shapes.get(connection)?.get(this.name);
    if (!shape) {
      this.connection = connection;
      super.prepare(connection);
      return;
    }
    this.isKnown = true;
    Object.assign(this._result, shape);
    this._accumulateRows = true;
    // pg sends it between two other messages of its own.
    const { describe } = connection;
    connection.describe = silent;
    try {
      super.prepare(connection);
    } finally {
      connection.describe = describe;
    }
  }

  override handleCommandComplete(message: unknown, connection: Connection): void {
    super.handleCommandComplete(message, connection);
    if (this.isKnown || !this.connection || this.name === undefined) return;
    const { fields, _parsers, _prebuiltEmptyResultObject } = this._result;
    let known = shapes.get(this.connection);
    if (!known) shapes.set(this.connection, (known = new Map<string, Shape>()));
    known.set(this.name, { fields, _parsers, _prebuiltEmptyResultObject });
  }
}
