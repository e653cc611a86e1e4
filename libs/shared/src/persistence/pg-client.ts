import pg from 'pg';
import type { Duplex } from 'node:stream';

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
type Send = (...args: unknown[]) => Promise<pg.QueryResult>;

const nothing = Object.freeze({ command: '', rowCount: 0, rows: [], fields: [], oid: 0 });

/**
 * A pg client that spares doors round trips and PostgreSQL the planning, which was half of its work (measured):
 *
 * - frequent statements are prepared under a name, once for each connection;
 * - `begin` travels together with the statement that follows it;
 * - what is marked with judgeByCommit travels together with the commit;
 * - all that is sent in one turn of the event loop goes out with one write: each write wakes PostgreSQL.
 *
 * A failed statement of these makes PostgreSQL refuse everything up to the end of the transaction, and whoever waits
 * next, the commit at last, is told its error. A connection pooler between us and PostgreSQL must know prepared
 * statements. A plan that a newer replica's migration made useless closes the connection; `isInfrastructureFailure`
 * knows the error, so the work is tried again on a fresh one.
 */
export class PgClient extends pg.Client {
  private readonly send: Send;
  /** Statements of the open transaction that nobody waits for; each resolves with its error or with undefined. */
  private ahead: Promise<unknown>[] = [];

  private isCorked = false;

  constructor(config?: pg.ClientConfig) {
    // pg's pool hides the password from enumeration, so a copy of its options has none.
    super({ ...config, password: config?.password, pipeline: true } as pg.ClientConfig);
    const send = super.query.bind(this) as unknown as Send;
    this.send = (...args) => {
      this.cork();
      return send(...args);
    };
    // pg's own has a dozen overloads; pools and query builders use these three arguments.
    this.query = this.queryQuickly.bind(this) as typeof this.query;
  }

  private cork(): void {
    if (this.isCorked) return;
    const { stream } = (this as unknown as { connection: { stream: Duplex } }).connection;
    this.isCorked = true;
    stream.cork();
    // After the promises of this turn, which may have more to send.
    process.nextTick(() => {
      this.isCorked = false;
      stream.uncork();
    });
  }

  private queryQuickly(text: unknown, values?: unknown, callback?: unknown): unknown {
    if (typeof text !== 'string' || typeof values === 'function') return this.send(text, values, callback);
    if (typeof callback === 'function') return this.send(...this.forPool(text, values, callback as Answer));
    if (text === 'begin') {
      this.ahead = [];
      return this.sendAhead(text);
    }
    const statement = statementOf(text, values);
    if (judgedByCommit.has(statement.values)) return this.sendAhead(statement);
    return this.sendAndJudge(statement, text === 'commit');
  }

  /** `pool.query()` asks with a callback: single statements outside of a transaction, such as the looks of the job queues. */
  private forPool(text: string, values: unknown, answer: Answer): [pg.QueryConfig, Answer] {
    const judge: Answer = (error, result) => {
      if (isStalePlan(error)) void this.end();
      answer(error, result);
    };
    return [statementOf(text, values), judge];
  }

  private sendAhead(statement: unknown): Promise<typeof nothing> {
    this.ahead.push(
      this.send(statement).then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
    return Promise.resolve(nothing);
  }

  private async sendAndJudge(statement: pg.QueryConfig, isCommit: boolean): Promise<pg.QueryResult> {
    try {
      const result = await this.send(statement);
      // PostgreSQL answers the commit of a lost transaction with ROLLBACK and no error.
      if (isCommit) await this.throwWhatFailedAhead();
      return result;
    } catch (error) {
      if (isStalePlan(error)) void this.end();
      await this.throwWhatFailedAhead();
      throw error;
    }
  }

  private async throwWhatFailedAhead(): Promise<void> {
    const ahead = this.ahead.splice(0);
    for (const outcome of await Promise.all(ahead)) if (outcome instanceof Error) throw outcome;
  }
}

/** The statement under its name, if it is a frequent one. */
function statementOf(text: string, values: unknown): { name?: string; text: string; values: unknown[] } {
  const parameters = Array.isArray(values) ? (values as unknown[]) : [];
  // Several statements in one text cannot be prepared, and what needs no values is begin, commit or the like, except for long ones.
  const isOne = parameters.length > 0 || (text.length > 40 && !text.includes(';'));
  const name = isOne ? nameOf(text) : undefined;
  return name === undefined ? { text, values: parameters } : { name, text, values: parameters };
}

/** PostgreSQL's answer when a prepared statement would return other columns than it was prepared for. */
function isStalePlan(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === '0A000' && /cached plan/.test(error.message);
}
