import { z } from 'zod';
import type { Owner } from '../events/event.js';

/**
 * A question one service asks another while a person is waiting (DESIGN rule 2). Travels over core NATS request/reply,
 * is safe to repeat, and whoever asks must have a degraded answer ready for silence.
 */
export interface QuestionContract<Request extends z.ZodType = z.ZodType, Reply extends z.ZodType = z.ZodType> {
  owner: Owner;
  name: string;
  /** `latchkey.ask.<owner>.<name>` */
  subject: string;
  /** Who may ask: the bus lets nobody else through, and the kit says so before. */
  askedBy: readonly Owner[];
  /** One sentence: what the reply tells. */
  what: string;
  /** How long the asker waits before it gives its degraded answer. */
  timeoutMs: number;
  request: Request;
  reply: Reply;
}

export type QuestionRequest<Q extends QuestionContract> = z.infer<Q['request']>;
export type QuestionReply<Q extends QuestionContract> = z.infer<Q['reply']>;

export function defineQuestion<Request extends z.ZodType, Reply extends z.ZodType>(
  question: Omit<QuestionContract<Request, Reply>, 'subject'>,
): QuestionContract<Request, Reply> {
  return { ...question, subject: `latchkey.ask.${question.owner}.${question.name}` };
}
