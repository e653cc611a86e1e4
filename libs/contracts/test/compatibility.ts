import { z } from 'zod';
import type { EventContract, QuestionContract } from '../src/index.ts';

/** The contracts of one commit. */
export interface Contracts {
  events: readonly EventContract[];
  questions: readonly QuestionContract[];
}

type Schema = { properties?: Record<string, unknown>; required?: string[]; anyOf?: unknown };

/**
 * Why two versions of the services cannot run side by side, one line per fault; none when they can. During a rolling update
 * old replicas send to new ones and new ones to old ones, so both directions count, and messages of both lie in the streams.
 */
export function incompatibilities(base: Contracts, now: Contracts): string[] {
  return [
    ...base.events.flatMap((old) => {
      const next = now.events.find(({ type }) => type === old.type);
      if (!next) return [`${old.type} is gone, and the streams are full of it`];
      const faults: string[] = [];
      const replayed = next.data.safeParse(old.example);
      if (!replayed.success)
        faults.push(`${old.type}: what was published is refused now: ${z.prettifyError(replayed.error)}`);
      const heard = old.data.safeParse(next.example);
      if (!heard.success)
        faults.push(`${old.type}: an old consumer refuses what is published now: ${z.prettifyError(heard.error)}`);
      return faults;
    }),
    ...base.questions.flatMap((old) => {
      const next = now.questions.find(({ subject }) => subject === old.subject);
      if (!next) return [`${old.subject} is not answered any more`];
      const gone = old.askedBy.filter((asker) => !next.askedBy.includes(asker));
      return [
        ...gone.map((asker) => `${old.subject}: old replicas of ${asker} may not ask it any more`),
        // Old askers send the old request; new ones send theirs to old answerers.
        ...missing(old.request, next.request).map((fault) => `${old.subject}: the request ${fault}`),
        ...missing(next.reply, old.reply, 'output').map((fault) => `${old.subject}: the reply ${fault}`),
      ];
    }),
  ];
}

/** What the receiver's shape asks for and the sender's does not promise; shapes are compared field by field. */
function missing(sender: z.ZodType, receiver: z.ZodType, io: 'input' | 'output' = 'input'): string[] {
  const sent = z.toJSONSchema(sender, { io, unrepresentable: 'any' }) as Schema;
  const read = z.toJSONSchema(receiver, { io, unrepresentable: 'any' }) as Schema;
  if (!sent.properties || !read.properties)
    return JSON.stringify(sent) === JSON.stringify(read) ? [] : ['has another shape, and is not an object'];
  const faults: string[] = [];
  for (const field of read.required ?? [])
    if (!sent.required?.includes(field)) faults.push(`needs ${field}, which the other side may leave out`);
  for (const [field, schema] of Object.entries(read.properties)) {
    const other = sent.properties[field];
    if (other && JSON.stringify(other) !== JSON.stringify(schema)) faults.push(`has another ${field}`);
  }
  return faults;
}
