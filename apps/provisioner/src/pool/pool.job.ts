import { Inject, Injectable } from '@nestjs/common';
import { BreakerOpen } from '@latchkey/shared/errors';
import { enqueue, OnJob, OnSchedule, type JobData, type JobRun } from '@latchkey/shared/jobs';
import { newId } from '@latchkey/shared/ids';
import { Door, em, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { CONFIG, type Config } from '../config.js';
import { runStep } from '../provisioning/run-step.js';
import { SampleDocuments } from '../provisioning/steps/sample-documents.step.js';
import { SamplesSearchable } from '../provisioning/steps/samples-searchable.step.js';
import { FillPool, fillPoolKey } from './jobs.js';
import { Standby } from './standby.entity.js';

/** A workspace that is being prepared for longer was left by a crash. */
const preparingMaxMs = 5 * 60_000;
const whileVendorAwaySeconds = 60;
/** More open runs than this, and the pool waits. A few do not stop it: a burst is what it is there for, one workspace at a time. */
const openRunsMax = 4;

/**
 * Keeps WARM_POOL_SIZE workspaces ready. Real tenants come first: while many runs are open it waits. A crash in between
 * leaves a row in `preparing`; its namespace is removed with it, so that the pool leaks nothing.
 */
@Injectable()
export class PoolJobs {
  constructor(
    private readonly door: Door,
    private readonly sampleDocuments: SampleDocuments,
    private readonly samplesSearchable: SamplesSearchable,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @OnSchedule({ name: 'look-after-pool', cron: '* * * * *' })
  async lookAfter(run: JobRun): Promise<void> {
    await run.commit(() => {
      if (this.config.WARM_POOL_SIZE > 0) enqueue(FillPool, {}, { key: fillPoolKey });
    });
  }

  @OnJob(FillPool)
  async fill(_data: JobData<typeof FillPool>, job: JobRun): Promise<void> {
    try {
      await this.discardUseless(job);
      let prepared: string | undefined;
      for (;;) {
        const next = await this.saveAndBegin(prepared, job.signal);
        if (next === 'busy')
          return await job.commit(() => void enqueue(FillPool, {}, { key: fillPoolKey, afterSeconds: 1 }));
        if (next === 'enough') break;
        await this.prepare(next.id, job.signal);
        prepared = next.id;
      }
      await job.commit(() => undefined);
    } catch (error) {
      if (!(error instanceof BreakerOpen)) throw error;
      // The pool can wait; whether the vendor is back is tried by the runs of real tenants.
      await job.commit(() => enqueue(FillPool, {}, { key: fillPoolKey, afterSeconds: whileVendorAwaySeconds }));
    }
  }

  /** The outcome of one together with the beginning of the next, as with the steps of a run. */
  private async saveAndBegin(
    prepared: string | undefined,
    signal: AbortSignal,
  ): Promise<{ id: string } | 'busy' | 'enough'> {
    return this.door.commit('prepare-standby', async () => {
      if (prepared) await sql(`update standby set state = 'ready' where id = $1 and state = 'preparing'`, [prepared]);
      const [row] = await sql<{ ready: number; busy: boolean }>(
        `select (select count(*)::int from standby where state = 'ready') as ready,
                (select count(*) > $1 from run where state in ('running', 'undoing')) as busy`,
        [openRunsMax],
      );
      if (signal.aborted || row!.ready >= this.config.WARM_POOL_SIZE) return 'enough';
      if (row!.busy) return 'busy';
      const id = newId('sby');
      const model = this.config.EMBEDDING_MODEL;
      em().create(Standby, { id, namespace: namespaceOf(id), state: 'preparing', model, preparedAt: this.clock.now() });
      return { id };
    });
  }

  private async prepare(id: string, signal: AbortSignal): Promise<void> {
    const context = { namespace: namespaceOf(id), signal };
    try {
      await runStep(this.sampleDocuments, 'run', context);
    } catch (error) {
      // Nothing was sent, so there is nothing to remember: an hour's outage must not leave a row for each try.
      if (error instanceof BreakerOpen)
        await this.door.commit('prepare-standby', () => sql('delete from standby where id = $1', [id]));
      throw error;
    }
    await runStep(this.samplesSearchable, 'run', context);
  }

  private async discardUseless(job: JobRun): Promise<void> {
    const leftSince = new Date(this.clock.nowMs() - preparingMaxMs).toISOString();
    const useless = await this.door.commit('discard-standby', () =>
      sql<{ id: string; namespace: string }>(
        `update standby set state = 'preparing' where state <> 'claimed'
           and ((state = 'preparing' and prepared_at < $1) or model <> $2) returning id, namespace`,
        [leftSince, this.config.EMBEDDING_MODEL],
      ),
    );
    for (const { id, namespace } of useless) {
      await runStep(this.sampleDocuments, 'undo', { namespace, signal: job.signal });
      await this.door.commit('discard-standby', () => sql('delete from standby where id = $1', [id]));
    }
  }
}

function namespaceOf(id: string): string {
  return `warm_${id}`;
}
