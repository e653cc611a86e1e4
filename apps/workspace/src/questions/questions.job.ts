import { OnSchedule, type JobRun } from '@latchkey/shared/jobs';
import { em, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { LockMode } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { Quota } from '../quota/quota.js';
import { Question } from './question.entity.js';

const sweepMax = 500;
/** Finished questions stay a little longer than a quota period, for whoever checks a bill. */
const keepMs = 35 * 24 * 3_600_000;

/** Gives back the places of questions whose process died between asking and settling. */
@Injectable()
export class QuestionJobs {
  constructor(
    private readonly clock: Clock,
    private readonly quota: Quota,
  ) {}

  @OnSchedule({ name: 'sweep-questions', cron: '* * * * *' })
  async sweep(run: JobRun): Promise<void> {
    await run.commit(async () => {
      await this.giveBackLost();
      await this.forgetOld();
    });
  }

  async giveBackLost(): Promise<void> {
    const now = this.clock.now();
    const lost = await em().find(
      Question,
      { state: 'asked', expiresAt: { $lt: now } },
      { limit: sweepMax, lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE },
    );
    for (const question of lost) {
      if (question.fail('internal', now) === 'failed') {
        await this.quota.giveBackQuery(question.tenantId, question.periodStart);
      }
    }
  }

  private async forgetOld(): Promise<void> {
    await sql(
      `delete from question where id in (
         select id from question where state in ('answered', 'failed') and expires_at < $1 limit ${sweepMax})`,
      [new Date(this.clock.nowMs() - keepMs)],
    );
  }
}
