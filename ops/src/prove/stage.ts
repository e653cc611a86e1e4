import { Calendar, Sandbox, System } from '@latchkey/chaos/parts';
import { owners, portOffsets, type Owner } from '@latchkey/contracts';
import pg from 'pg';
import { People } from './people.js';

/** Everything a story is told with: a running system, its people, and ways to break it. */
export class Stage {
  readonly sandbox: Sandbox;
  readonly calendar: Calendar;
  readonly people: People;
  private readonly locks: pg.Client[] = [];

  constructor(readonly system: System) {
    this.sandbox = new Sandbox(system.url('console'));
    this.calendar = new Calendar(system, this.sandbox);
    this.people = new People(system.gateway);
  }

  /** Holds a table of a service's database, as a forgotten transaction does, until the returned function is called. */
  async lockTable(service: Owner, table: string): Promise<() => Promise<void>> {
    const port = this.system.options.portBase + portOffsets.postgres;
    const client = new pg.Client({
      connectionString: `postgres://latchkey@127.0.0.1:${port}/${service.replaceAll('-', '_')}`,
    });
    client.on('error', () => undefined);
    this.locks.push(client);
    await client.connect();
    await client.query('begin');
    await client.query(`lock table ${table} in access exclusive mode`);
    return () => client.end();
  }

  /** An operator looks at every dead letter and job of every service, and discards it. */
  async discardDeadLetters(): Promise<void> {
    for (const owner of owners) {
      const url = `${this.system.url(owner)}/api/operator/dead-letters`;
      const headers = {
        authorization: `Bearer ${this.system.operatorToken}`,
        'content-type': 'application/json',
        'x-operator': 'prover@latchkey.example',
      };
      const answer = await fetch(url, { headers });
      if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
      const { dead_letters: letters } = (await answer.json()) as { dead_letters: { id: string }[] };
      for (const { id } of letters)
        await fetch(`${url}/${id}/discard`, { method: 'POST', headers, body: JSON.stringify({ reason: 'a proof' }) });
    }
  }

  /** Every fault off, every lock let go, every process running. */
  async clear(): Promise<void> {
    await Promise.all(this.locks.splice(0).map((client) => client.end().catch(() => undefined)));
    await this.system.resumeAll();
    await this.sandbox.allFaultsOff();
  }
}
