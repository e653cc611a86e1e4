import pg from 'pg';
import type { Duplex } from 'node:stream';
import { endWhenSilent } from './end-when-silent.js';
import { LeanQuery } from './lean-query.js';

/** Statements are the code's own, so there are some hundreds; lists of varying length (`in ($1, $2 ...)`) must not grow this for ever. */
const namedMax = 400;
/** What runs once or twice (migrations, setting up queues) is not worth a plan on every connection. */
const usesBeforeName = 3;

const uses = new Map<string, number>();
const names = new Map<string, string>();

/** A statement's name once it has been used a few times, the same on every connection; undefined for a rare one. */
function nameOf(text: string): string | undefined {
  const name = names.get(text);
  if (name || names.size >= namedMax) return name;
  const count = (uses.get(text) ?? 0) + 1;
  if (count < usesBeforeName) {
    if (uses.size > 4 * namedMax) uses.clear();
    uses.set(text, count);
    return undefined;
  }
  uses.delete(text);
  const fresh = `s${names.size}`;
  names.set(text, fresh);
  return fresh;
}

const judgedByCommit = new WeakSet<readonly unknown[]>();

/**
 * Marks the values of a statement whose rows nobody needs: PgClient sends it and answers at once, and the commit fails
 * with what it failed with. Only inside a transaction. The mark lies on the values because they are all of a statement
 * that travels through the query builder untouched.
 */
export function judgeByCommit(values: readonly unknown[]): readonly unknown[] {
  judgedByCommit.add(values);
  return values;
}

type Answer = (error: Error | null | undefined, result?: pg.QueryResult) => void;

/** What pg's client has and its typings leave out. */
interface Wire {
  stream: Duplex;
  _send(message: Buffer): boolean;
  end(): unknown;
}

const nothing = Object.freeze({ command: '', rowCount: 0, rows: [], fields: [], oid: 0 });

/**
 * A pg client that spares doors round trips and PostgreSQL the planning, which was half of its work (measured):
 *
 * - frequent statements are prepared under a name, once for each connection;
 * - `begin` travels together with the statement that follows it;
 * - what is marked with judgeByCommit travels together with the commit;
 * - all that is sent in one turn of the event loop goes out with one write: each write wakes PostgreSQL.
 *
 * A failed statement makes PostgreSQL refuse everything up to the end of the transaction. Whoever waits for what is behind
 * it is told its error, and the commit fails with it, also when it was caught or nobody waited for it. A connection pooler
 * between us and PostgreSQL must know prepared statements. A plan that a newer replica's migration made useless closes
 * the connection, and so does a server that only reads: after a failover, connections to what is a replica now would
 * be used as long as they are busy. `isInfrastructureFailure` knows both errors, so the work is tried again on a fresh one.
 */
export class PgClient extends pg.Client {
  private transaction: OpenTransaction | undefined;

  constructor(config?: pg.ClientConfig) {
    // pg's pool hides the password from enumeration, so a copy of its options has none.
    super({ ...config, password: config?.password, pipeline: true } as pg.ClientConfig);
    endWhenSilent(this);
    sendTogether((this as unknown as { connection: Wire }).connection);
    const plain = super.query.bind(this) as unknown as (...args: unknown[]) => unknown;
    const submit = (query: LeanQuery) => void plain(query);
    // pg's own has a dozen overloads; pools and query builders use these three arguments.
    this.query = ((text: unknown, values?: unknown, callback?: unknown) =>
      typeof text === 'string' && typeof values !== 'function'
        ? this.queryQuickly(submit, text, values, callback as Answer | undefined)
        : plain(text, values, callback)) as typeof this.query;
  }

  private queryQuickly(submit: Submit, text: string, values: unknown, callback: Answer | undefined): unknown {
    const statement = statementOf(text, values);
    // `pool.query()` asks with a callback: single statements outside of a transaction, such as the looks of the job queues.
    if (callback) return this.send(submit, statement).then((result) => callback(null, result), callback);
    if (text === 'begin') this.transaction = { ahead: [] };
    const { transaction } = this;
    if (text === 'commit' || text === 'rollback') this.transaction = undefined;
    if (!transaction) return this.send(submit, statement);
    if (text === 'begin' || judgedByCommit.has(values as readonly unknown[]))
      return this.sendAhead(submit, statement, transaction);
    return this.sendAndJudge(submit, statement, transaction);
  }

  private async send(submit: Submit, statement: Statement): Promise<pg.QueryResult> {
    try {
      return await new Promise<pg.QueryResult>((resolve, reject) => {
        submit(new LeanQuery(statement, undefined, (error, result) => (error ? reject(error) : resolve(result))));
      });
    } catch (error) {
      if (isStalePlan(error) || isReadOnly(error)) void this.end();
      throw error;
    }
  }

  private sendAhead(submit: Submit, statement: Statement, transaction: OpenTransaction): Promise<typeof nothing> {
    transaction.ahead.push(
      this.send(submit, statement).then(
        () => undefined,
        (error: unknown) => void (transaction.failure ??= error),
      ),
    );
    return Promise.resolve(nothing);
  }

  private async sendAndJudge(
    submit: Submit,
    statement: Statement,
    transaction: OpenTransaction,
  ): Promise<pg.QueryResult> {
    try {
      const result = await this.send(submit, statement);
      // PostgreSQL answers the commit of a lost transaction so, and with no error.
      if (statement.text === 'commit' && result.command === 'ROLLBACK')
        throw new Error('The transaction was rolled back.');
      return result;
    } catch (error) {
      // They were answered before this one, but perhaps their failure was not heard of yet.
      await Promise.all(transaction.ahead);
      throw (transaction.failure ??= error);
    }
  }
}

interface OpenTransaction {
  /** Statements that nobody waits for. */
  ahead: Promise<void>[];
  /** Why PostgreSQL refuses all the rest: its first failed statement's error. */
  failure?: unknown;
}

interface Statement {
  name?: string;
  text: string;
  values: unknown[];
}

type Submit = (query: LeanQuery) => void;

/** How pg writes a value for the wire; its typings leave it out. */
const { prepareValue } = (pg as unknown as { utils: { prepareValue(value: unknown): unknown } }).utils;

/**
 * The statement under its name, if it is a frequent one. Throws for a value that cannot be written (a bigint inside of
 * JSON): pg would notice in the middle of sending, take the prepared statement from the connection for ever, and let the
 * transaction go on without what nobody waits for.
 */
function statementOf(text: string, values: unknown): Statement {
  const given = Array.isArray(values) ? (values as unknown[]) : [];
  const parameters = given.map((value) => (typeof value === 'object' ? prepareValue(value) : value));
  // Several statements in one text cannot be prepared, and what needs no values is begin, commit or the like, except for long ones.
  const isOne = parameters.length > 0 || (text.length > 40 && !text.includes(';'));
  const name = isOne ? nameOf(text) : undefined;
  return name === undefined ? { text, values: parameters } : { name, text, values: parameters };
}

/** Messages of one turn of the event loop leave with one write, after the promises of the turn, which may have more to send. */
function sendTogether(wire: Wire): void {
  let waiting: Buffer[] = [];
  const sendAll = () => {
    if (waiting.length === 0) return;
    const messages = waiting;
    waiting = [];
    wire.stream.write(messages.length === 1 ? messages[0]! : Buffer.concat(messages));
  };
  wire._send = (message) => {
    if (!wire.stream.writable) return false;
    if (waiting.push(message) === 1) process.nextTick(sendAll);
    return true;
  };
  const end = wire.end.bind(wire);
  wire.end = () => {
    sendAll();
    return end();
  };
}

function isReadOnly(error: unknown): boolean {
  return (error as { code?: unknown }).code === '25006';
}

/** PostgreSQL's answer when a prepared statement would return other columns than it was prepared for. */
function isStalePlan(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === '0A000' && /cached plan/.test(error.message);
}
