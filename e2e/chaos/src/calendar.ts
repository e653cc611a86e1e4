import { owners } from '@latchkey/contracts';
import { setClocksAhead } from '@latchkey/shared/crash';
import type { Sandbox } from './sandbox.js';
import type { System } from './system.js';

/** Time that passes for everybody at once: vendors, services, and the jobs that wait in their databases. */
export class Calendar {
  constructor(
    private readonly system: System,
    private readonly sandbox: Sandbox,
  ) {}

  async leap(seconds: number): Promise<void> {
    // The vendors first: what they tell of is then never later than the services' own time.
    setClocksAhead(this.system.crashDir, await this.sandbox.advance(seconds));
    await this.moveJobs(`start_after - make_interval(secs => ${seconds})`, `state in ('created', 'retry')`);
  }

  /** Nobody sits through the pauses between the tries of a job: the next try of each is due now. */
  async skipPauses(): Promise<void> {
    await this.moveJobs('now()', `state = 'retry' and start_after > now()`);
  }

  /**
   * The claim of a killed process runs out after seconds without a heartbeat. Nobody sits through those either; of a job
   * whose process lives, the next heartbeat comes within four seconds, and pg-boss looks for lost ones only every five.
   */
  async skipHeartbeats(): Promise<void> {
    for (const owner of owners)
      await this.system.sql(
        owner,
        `update pgboss.job set heartbeat_on = heartbeat_on - interval '1 minute'
         where state = 'active' and heartbeat_on < now() - interval '5 seconds'`,
      );
  }

  private async moveJobs(to: string, which: string): Promise<void> {
    for (const owner of owners)
      await this.system.sql(
        owner,
        `update pgboss.job set start_after = ${to} where ${which} and name not in (select name from pgboss.schedule)`,
      );
  }
}
