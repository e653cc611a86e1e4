import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { EventContract, QuestionContract } from '../src/index.ts';

/** The contracts of one commit. */
export interface Contracts {
  events: readonly EventContract[];
  questions: readonly QuestionContract[];
  /** Requests and answers of the HTTP API, by the name of their contract. */
  http: Readonly<Record<string, z.ZodType>>;
  problems: Readonly<Record<string, { status: number }>>;
}

/** The part of JSON Schema that zod writes for our contracts. */
type Schema = {
  type?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: unknown;
  items?: Schema;
  anyOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
} & Partial<Record<'minLength' | 'maxLength' | 'minimum' | 'maximum' | 'minItems' | 'maxItems', number>>;

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
    ...Object.entries(base.http).flatMap(([name, old]) => {
      const next = now.http[name];
      return next ? apiFaults(name, old, next) : [`HTTP: ${name} is gone, and somebody's program sends or reads it`];
    }),
    ...Object.entries(base.problems).flatMap(([code, { status }]) => {
      const next = now.problems[code];
      if (!next) return [`HTTP: the problem ${code} is gone, and somebody's program waits for it`];
      return next.status === status ? [] : [`HTTP: the problem ${code} is answered with ${next.status} now`];
    }),
  ];
}

/**
 * A strict object is what we read, so old ones must still be taken; everything else is what we say, so whoever reads it today
 * must be able to tomorrow.
 */
function apiFaults(name: string, old: z.ZodType, next: z.ZodType): string[] {
  const isRequest = schema(next, 'input').additionalProperties === false;
  return (isRequest ? missing(old, next) : missing(next, old, 'output')).map((fault) => `HTTP, ${name}: ${fault}`);
}

/** zod calls every answer closed; whoever reads one does not mind a field more. */
function schema(type: z.ZodType, io: 'input' | 'output'): Schema {
  return z.toJSONSchema(type, {
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (io === 'output') delete jsonSchema.additionalProperties;
    },
  }) as Schema;
}

/** What the receiver's shape asks for and the sender's does not promise, field by field, also inside of fields. */
function missing(sender: z.ZodType, receiver: z.ZodType, io: 'input' | 'output' = 'input'): string[] {
  return unfit(schema(sender, io), schema(receiver, io), '');
}

function unfit(sent: Schema, read: Schema, at: string): string[] {
  if (isDeepStrictEqual(sent, read)) return [];
  if (sent.properties && read.properties) return unfitFields(sent, read, at === '' ? '' : `${at}.`);
  if (sent.items && read.items) return unfit(sent.items, read.items, `${at}[]`);
  const [sends, takes] = [sent.anyOf ?? [sent], read.anyOf ?? [read]];
  const fits =
    sends.length + takes.length > 2
      ? sends.every((one) => takes.some((other) => unfit(one, other, at).length === 0))
      : fitsLeaf(sent, read);
  return fits ? [] : [`has another ${at === '' ? 'shape' : at}`];
}

function unfitFields(sent: Schema, read: Schema, prefix: string): string[] {
  const faults: string[] = [];
  for (const field of read.required ?? [])
    if (!sent.required?.includes(field)) faults.push(`needs ${prefix}${field}, which the other side may leave out`);
  if (read.additionalProperties === false)
    for (const field of Object.keys(sent.properties ?? {}))
      if (!read.properties?.[field]) faults.push(`does not know ${prefix}${field}, which the other side may send`);
  for (const [field, inner] of Object.entries(read.properties ?? {})) {
    const other = sent.properties?.[field];
    if (other) faults.push(...unfit(other, inner, prefix + field));
  }
  return faults;
}

/** Whether every value of one is a value of the other: a choice of fewer words, or narrower limits, are. */
function fitsLeaf(sent: Schema, read: Schema): boolean {
  const words = ({ enum: some, const: one }: Schema) => some ?? (one === undefined ? undefined : [one]);
  const [says, knows] = [words(sent), words(read)];
  if (knows) return says?.every((word) => knows.includes(word)) ?? false;
  if (sent.type !== read.type) return false;
  const within = (limit: (typeof limits)[number]) => {
    const most = limit.startsWith('max');
    const [ours, theirs] = [sent[limit], read[limit]];
    if (theirs === undefined) return true;
    return ours !== undefined && (most ? ours <= theirs : ours >= theirs);
  };
  return limits.every(within) && (read.pattern === undefined || read.pattern === sent.pattern);
}

const limits = ['minLength', 'maxLength', 'minimum', 'maximum', 'minItems', 'maxItems'] as const;
