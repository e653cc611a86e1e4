import { eventsByType, type EventContract } from '@latchkey/contracts';

/** An event as it reached us: its envelope (CloudEvents names, in NATS headers) and its data. */
export interface Fact<Data = unknown> {
  id: string;
  type: string;
  /** Who published it. */
  source: string;
  tenantId: string;
  /** When it became true, by its owner's clock. */
  time: string;
  data: Data;
  correlationId: string;
  causationId: string;
  traceparent?: string;
  /** Which try this is, from 1. */
  tries: number;
}

/** A message from the stream, reduced to what the room needs; a redriven dead letter looks the same. */
export interface RawMessage {
  subject: string;
  headers: Record<string, string>;
  body: string;
  stream: string;
  streamSeq: number;
}

/** The message cannot be what it says it is; trying again would not help. */
export class UnreadableEvent extends Error {}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isEventId(id: string | undefined): id is string {
  return id !== undefined && uuid.test(id);
}

/** Reads envelope and data, and checks both against the contract. Throws UnreadableEvent with the reason. */
export function readFact(message: RawMessage, tries: number): { fact: Fact; event: EventContract } {
  const { headers } = message;
  const id = headers['ce-id'] ?? '';
  const type = headers['ce-type'] ?? '';
  if (!isEventId(id)) throw new UnreadableEvent('The header ce-id is missing or not a UUID.');
  const event = eventsByType.get(type);
  if (!event) throw new UnreadableEvent(`The type ${type || '(none)'} is not known here.`);
  let json: unknown;
  try {
    json = JSON.parse(message.body);
  } catch {
    throw new UnreadableEvent('The data is not JSON.');
  }
  const data = event.data.safeParse(json);
  if (!data.success) {
    const fields = data.error.issues.map((issue) => `${issue.path.join('.') || '(data)'}: ${issue.message}`);
    throw new UnreadableEvent(`The data breaks the contract of ${type}: ${fields.join('; ').slice(0, 1_000)}`);
  }
  const tenantId = headers['ce-subject'] ?? '';
  if (!tenantId || !message.subject.endsWith(`.${tenantId}`))
    throw new UnreadableEvent('The tenant does not fit the subject.');
  return {
    event,
    fact: {
      id,
      type,
      source: headers['ce-source'] ?? event.owner,
      tenantId,
      time: headers['ce-time'] ?? new Date(0).toISOString(),
      data: data.data,
      correlationId: headers['correlation-id'] ?? id,
      causationId: headers['causation-id'] ?? id,
      ...(headers['traceparent'] ? { traceparent: headers['traceparent'] } : {}),
      tries,
    },
  };
}

/** For the label of a metric: whoever may publish could otherwise make a series with every message. */
export function knownType(headers: Record<string, string>): string {
  const type = headers['ce-type'] ?? '';
  return eventsByType.has(type) ? type : 'unknown';
}

/** The tenant's lane, also for messages that cannot be read: the subject's last token. */
export function laneOf(subject: string): string {
  return subject.slice(subject.lastIndexOf('.') + 1);
}
