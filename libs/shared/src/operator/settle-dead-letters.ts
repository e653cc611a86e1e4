import { Injectable } from '@nestjs/common';
import type { RedriveAll, RedriveReport } from '@latchkey/contracts';
import { isInfrastructureFailure } from '../errors/infrastructure.js';
import { ProblemError } from '../errors/problem-error.js';
import { deadJobsQueue, Jobs } from '../jobs/jobs.js';
import { DeadLetters } from '../messaging/dead-letters.js';
import { currentScope, newScope, runInScope } from '../observability/scope.js';
import { Door } from '../persistence/door.js';
import { doorNow, sql } from '../persistence/transaction.js';
import { audit } from './audit.js';
import { ReadDeadLetters } from './read-dead-letters.js';

/** A batch stops taking letters after this, so that its answer comes before a proxy loses patience. */
const batchMs = 15_000;

/** Somebody else settled the letter first; whatever this attempt had begun is rolled back. */
class SettledAlready extends Error {}

export type Settled = 'redriven' | 'discarded' | 'already';

/**
 * Redrives and discards, for operators. Each is one commit with its audit row, and the letter's row is locked in it:
 * of two operators at the same moment one acts, and the other is told that it is done.
 */
@Injectable()
export class SettleDeadLetters {
  constructor(
    private readonly door: Door,
    private readonly letters: DeadLetters,
    private readonly jobs: Jobs,
    private readonly read: ReadDeadLetters,
  ) {}

  /** Handles an event again, or queues a job again. Throws `dead_letter_failed_again` when the event's handler fails. */
  async redrive(id: string, reason: string): Promise<Settled> {
    const key = keyOf(id);
    try {
      if (key.kind === 'event') {
        await this.mustExist(id);
        // The handler runs in the event's scope; who asked for it is in the request's.
        const asked = currentScope() ?? newScope();
        await this.letters.handleAgain(key.id, () =>
          runInScope(asked, async () => void (await this.settleEvent(id, key.id, 'redriven_at', reason))),
        );
      } else await this.door.commit('redrive-dead-job', () => this.reviveJob(id, key.id, reason));
      return 'redriven';
    } catch (error) {
      if (error instanceof SettledAlready) return 'already';
      if (key.kind === 'job' || isInfrastructureFailure(error) || error instanceof ProblemError) throw error;
      throw await this.failedAgain(id, key.id, reason, error);
    }
  }

  /** Nobody will handle it any more, not even when its stream is filled again: the inbox is told that it was seen. */
  async discard(id: string, reason: string): Promise<Settled> {
    const key = keyOf(id);
    try {
      await this.door.commit('discard-dead-letter', async () => {
        if (key.kind === 'event') {
          await this.mustExist(id);
          const { event_id, type } = await this.settleEvent(id, key.id, 'discarded_at', reason);
          if (/^[0-9a-f-]{36}$/i.test(event_id))
            await sql(
              'insert into kit.inbox (event_id, type, received_at) values ($1, $2, $3) on conflict do nothing',
              [event_id, type, doorNow()],
            );
        } else {
          const { tenant_id } = await this.lockJob(id, key.id);
          await sql(`update pgboss.job set state = 'cancelled', completed_on = now() where name = $1 and id = $2`, [
            deadJobsQueue,
            key.id,
          ]);
          await this.note('discard-dead-letter', id, tenant_id, reason);
        }
      });
      return 'discarded';
    } catch (error) {
      if (error instanceof SettledAlready) return 'already';
      throw error;
    }
  }

  /** A batch, the oldest first. A tenant whose letter fails keeps its later events waiting, so that none overtakes. */
  async redriveAll({ reason, ...filter }: RedriveAll): Promise<RedriveReport> {
    const page = await this.read.list(filter);
    const report: RedriveReport = { redriven: [], failed: [], held_back: [], next_after: page.next_after };
    const startedMs = performance.now();
    for (const [index, letter] of page.dead_letters.entries()) {
      const before = page.dead_letters[index - 1];
      if (before && performance.now() - startedMs > batchMs)
        return { ...report, next_after: `${before.dead_at}/${before.id}` };
      // Asked again: the letters before it may have been settled by this very batch.
      if (letter.kind === 'event' && (await this.read.show(letter.id)).earlier_of_tenant > 0) {
        report.held_back.push(letter.id);
        continue;
      }
      try {
        await this.redrive(letter.id, reason);
        report.redriven.push(letter.id);
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        report.failed.push({ id: letter.id, reason: error.extras.detail ?? error.message });
      }
    }
    return report;
  }

  private async settleEvent(id: string, key: string, column: 'redriven_at' | 'discarded_at', reason: string) {
    const [row] = await sql<{ tenant_id: string; event_id: string; type: string }>(
      `update kit.dead_letter set ${column} = $2 where id = $1 and redriven_at is null and discarded_at is null
       returning tenant_id, event_id, type`,
      [key, doorNow()],
    );
    if (!row) throw new SettledAlready();
    await this.note(
      column === 'redriven_at' ? 'redrive-dead-letter' : 'discard-dead-letter',
      id,
      row.tenant_id,
      reason,
    );
    return row;
  }

  private async reviveJob(id: string, key: string, reason: string): Promise<void> {
    const { tenant_id, queue } = await this.lockJob(id, key);
    if (!this.jobs.worksOff(queue))
      throw new ProblemError('dead_letter_failed_again', { detail: `Nobody works off ${queue} any more: discard it.` });
    const revived = await this.jobs.reviveHere(key);
    const outcome = revived ? 'done' : 'a job with the same key is queued already';
    await this.note('redrive-dead-letter', id, tenant_id, reason, outcome);
  }

  /** A redriven job's row is gone; the audit still knows it. */
  private async lockJob(id: string, key: string): Promise<{ queue: string; tenant_id: string | null }> {
    const [row] = await sql<{ state: string; queue: string; tenant_id: string | null }>(
      `select state, coalesce(source_name, 'unknown') as queue, data->>'tenant_id' as tenant_id
       from pgboss.job where name = $1 and id = $2::uuid for update`,
      [deadJobsQueue, key],
    );
    if (row?.state === 'created') return row;
    const [known] = await sql('select 1 from kit.operator_audit where target = $1 limit 1', [id]);
    if (row || known) throw new SettledAlready();
    throw new ProblemError('dead_letter_not_found');
  }

  private async mustExist(id: string): Promise<void> {
    await this.read.show(id);
  }

  private async failedAgain(id: string, key: string, why: string, error: unknown): Promise<ProblemError> {
    const detail = (error instanceof Error ? error.message : String(error)).slice(0, 500);
    await this.door.commit('dead-letter-failed-again', async () => {
      const [row] = await sql<{ tenant_id: string }>(
        'update kit.dead_letter set reason = $2, tries = tries + 1 where id = $1 returning tenant_id',
        [key, detail],
      );
      await this.note('redrive-dead-letter', id, row?.tenant_id ?? null, why, `failed: ${detail}`);
    });
    return new ProblemError('dead_letter_failed_again', { detail, cause: error });
  }

  private note(action: string, target: string, tenantId: string | null, reason: string, outcome = 'done') {
    return audit({ action, target, reason, outcome, ...(tenantId ? { tenantId } : {}) });
  }
}

function keyOf(id: string): { kind: 'event' | 'job'; id: string } {
  return { kind: id.startsWith('event-') ? 'event' : 'job', id: id.slice(id.indexOf('-') + 1) };
}
