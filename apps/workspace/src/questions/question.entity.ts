import { QuestionAnswered, QuestionFailed, type EventData } from '@latchkey/contracts';
import { newId } from '@latchkey/shared/ids';
import { em, record } from '@latchkey/shared/persistence';
import { defineEntity, p } from '@mikro-orm/core';

export type Channel = EventData<typeof QuestionAnswered>['channel'];
export type FailureReason = EventData<typeof QuestionFailed>['reason'];
export type QuestionState = 'asked' | 'answered' | 'failed';

/** Longer than every vendor's patience together; whatever is still `asked` then was lost with its process. */
export const questionLifetimeMs = 3 * 60_000;

const QuestionSchema = defineEntity({
  name: 'Question',
  tableName: 'question',
  indexes: [{ properties: ['state', 'expiresAt'] }],
  properties: {
    id: p.text().primary(),
    tenantId: p.text().index(),
    channel: p.text().$type<Channel>(),
    state: p.text().$type<QuestionState>(),
    /** The quota period that this question holds a place in, and gives it back to when it fails. */
    periodStart: p.datetime(),
    askedAt: p.datetime(),
    expiresAt: p.datetime(),
    finishedAt: p.datetime().nullable(),
    grounded: p.boolean().nullable(),
    failure: p.text().$type<FailureReason>().nullable(),
  },
});

export type AnswerFacts = Omit<EventData<typeof QuestionAnswered>, 'question_id' | 'channel'>;

/**
 * One attempt at a question, from taking its place in the quota to its outcome. Neither question nor answer is stored:
 * they are the customer's, and nobody needs them twice.
 */
export class Question extends QuestionSchema.class {
  static ask(tenantId: string, channel: Channel, periodStart: Date, now: Date): Question {
    return em().create(Question, {
      id: newId('q'),
      tenantId,
      channel,
      state: 'asked',
      periodStart,
      askedAt: now,
      expiresAt: new Date(now.getTime() + questionLifetimeMs),
    });
  }

  answer(facts: AnswerFacts, now: Date): 'answered' | 'already' {
    if (this.state !== 'asked') return 'already';
    this.state = 'answered';
    this.finishedAt = now;
    this.grounded = facts.grounded;
    record(QuestionAnswered, this.tenantId, { question_id: this.id, channel: this.channel, ...facts });
    return 'answered';
  }

  /** Whoever calls this gives the place in the quota back when the answer is `failed`. */
  fail(reason: FailureReason, now: Date): 'failed' | 'already' {
    if (this.state !== 'asked') return 'already';
    this.state = 'failed';
    this.finishedAt = now;
    this.failure = reason;
    record(QuestionFailed, this.tenantId, { question_id: this.id, channel: this.channel, reason });
    return 'failed';
  }
}
QuestionSchema.setClass(Question);
