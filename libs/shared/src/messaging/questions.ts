import { Injectable } from '@nestjs/common';
import { headers as natsHeaders } from '@nats-io/transport-node';
import {
  ClientNats,
  Ctx,
  MessagePattern,
  NatsContext,
  NatsRecordBuilder,
  Payload,
  Transport,
} from '@nestjs/microservices';
import { firstValueFrom, timeout } from 'rxjs';
import type { Owner, QuestionContract, QuestionReply, QuestionRequest } from '@latchkey/contracts';
import { crashPoint, declareCrashPoints } from '../crash/crash-point.js';
import { currentScope, newScope } from '../observability/scope.js';
import { runInSpan } from '../observability/tracing.js';
import { isInsideTransaction } from '../persistence/transaction.js';
import { natsOptions, type BusAccess } from './bus.js';

/** Nobody answered in time, or the answer made no sense: the asker now gives its degraded answer. */
export class QuestionUnanswered extends Error {
  constructor(subject: string, cause: unknown) {
    super(`${subject} was not answered: ${cause instanceof Error ? cause.message : JSON.stringify(cause)}`, { cause });
    this.name = 'QuestionUnanswered';
  }
}

/** Asks other services while a person waits (DESIGN rule 2). Nest's stock NATS transport: nothing is stored, silence is an answer. */
@Injectable()
export class Questions {
  private readonly client: ClientNats;

  constructor(
    private readonly service: Owner,
    access: BusAccess,
  ) {
    this.client = new ClientNats({ ...natsOptions(`${service}-asks`, access) });
    // Opened ahead, so that the first person does not wait for the connection.
    void this.client.connect().catch(() => undefined);
  }

  /** Throws QuestionUnanswered after `timeoutMs` of the contract, at once when nobody listens. Never call it in a transaction. */
  async ask<Q extends QuestionContract>(
    question: Q,
    request: QuestionRequest<Q>,
    timeoutMs = question.timeoutMs,
  ): Promise<QuestionReply<Q>> {
    if (isInsideTransaction()) throw new Error(`${question.subject} was asked inside a transaction (DESIGN rule 4).`);
    if (question.owner !== this.service && !question.askedBy.includes(this.service))
      throw new Error(`${this.service} must not ask ${question.subject}: its contract names who may.`);
    const scope = currentScope() ?? newScope();
    const headers = natsHeaders();
    headers.set('correlation-id', scope.correlationId);
    headers.set('traceparent', scope.traceparent);
    const record = new NatsRecordBuilder(question.request.parse(request)).setHeaders(headers).build();
    crashPoint('ask', question.subject, 'before');
    try {
      const reply: unknown = await firstValueFrom(this.client.send(question.subject, record).pipe(timeout(timeoutMs)));
      crashPoint('ask', question.subject, 'after');
      return question.reply.parse(reply) as QuestionReply<Q>;
    } catch (error) {
      throw new QuestionUnanswered(question.subject, error);
    }
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}

/** Answers a question; the request is checked against the contract first. Must be safe to repeat. */
export function Answers<Q extends QuestionContract>(question: Q) {
  return (
    target: object,
    method: string | symbol,
    descriptor: TypedPropertyDescriptor<(request: QuestionRequest<Q>) => Promise<QuestionReply<Q>>>,
  ): void => {
    declareCrashPoints('answer', question.subject, 'before', 'after');
    const answer = descriptor.value!;
    descriptor.value = async function (this: unknown, raw: QuestionRequest<Q>, context?: NatsContext) {
      const headers = context?.getHeaders() as { get(key: string): string } | undefined;
      const correlationId = headers?.get('correlation-id');
      const traceparent = headers?.get('traceparent');
      const from = { ...(correlationId ? { correlationId } : {}), ...(traceparent ? { traceparent } : {}) };
      return runInSpan({ kind: 'server', name: question.subject }, from, async () => {
        crashPoint('answer', question.subject, 'before');
        const reply = await answer.call(this, question.request.parse(raw) as QuestionRequest<Q>);
        crashPoint('answer', question.subject, 'after');
        return reply;
      });
    } as typeof answer;
    MessagePattern(question.subject, Transport.NATS)(target, method, descriptor as PropertyDescriptor);
    Payload()(target, method, 0);
    Ctx()(target, method, 1);
  };
}
