import type pg from 'pg';
import type { Socket } from 'node:net';

/** PostgreSQL answers any statement within its statement_timeout (15 s, see orm.ts), if only with an error. */
const silenceMaxMs = 20_000;

/** What pg's client has and its typings leave out (pg 8.23). */
interface Internals {
  connection: { stream: Socket };
  _activeQuery: unknown;
  _sentQueryQueue: unknown[];
}

/**
 * Ends a connection on which an answer is waited for and nothing is heard. A host that vanished (power, network, a failover
 * behind one address) says no goodbye: the kernel believes in it for a quarter of an hour, and each statement under way would
 * keep its caller and its place in the pool for as long.
 */
export function endWhenSilent(client: pg.Client, limitMs = silenceMaxMs): void {
  const internals = client as unknown as Internals;
  // By then it is the socket that stays, also with TLS.
  client.once('connect' as never, () => {
    const { stream } = internals.connection;
    stream.setTimeout(limitMs).on('timeout', () => {
      // Node tells of one silence and then watches no more.
      stream.setTimeout(limitMs);
      const { bytesRead } = stream;
      // A process that was stopped itself for so long has its answers waiting: they are read first.
      setImmediate(() => {
        const isWaiting = Boolean(internals._activeQuery) || internals._sentQueryQueue.length > 0;
        if (isWaiting && stream.bytesRead === bytesRead) stream.destroy();
      });
    });
  });
}
