import { z } from 'zod';

/** The services that own events. The owner is part of the subject, and the only one allowed to publish there. */
export const owners = ['signup', 'billing-webhooks', 'provisioner', 'workspace', 'notifier', 'analytics'] as const;
export type Owner = (typeof owners)[number];

/**
 * A fact that one service tells the others. `data` holds ids and the few fields that listeners use: never whole
 * entities, personal data, passwords, raw keys or codes (DESIGN section 4). The tenant is in the envelope, not in `data`.
 */
export interface EventContract<Data extends z.ZodObject = z.ZodObject> {
  owner: Owner;
  name: string;
  version: number;
  /** `<owner>.<name>.v<version>`: the CloudEvents type. */
  type: string;
  /** One sentence: when this is true. */
  when: string;
  data: Data;
  example: z.infer<Data>;
}

export type EventData<E extends EventContract> = z.infer<E['data']>;

export function defineEvent<Data extends z.ZodObject>(
  event: Omit<EventContract<Data>, 'type' | 'version'> & { version?: number },
): EventContract<Data> {
  const version = event.version ?? 1;
  return { ...event, version, type: `${event.owner}.${event.name}.v${version}` };
}

/** Where an event travels: `latchkey.<owner>.<event>.v<n>.<tenantId>`, so that one tenant's history can be read or purged. */
export function subjectOf(event: EventContract, tenantId: string): string {
  return `latchkey.${event.type}.${tenantId}`;
}

/** The filter that matches an event of every tenant. */
export function subjectFilterOf(event: EventContract): string {
  return `latchkey.${event.type}.*`;
}

/** A stream per owner (DESIGN section 4). */
export function streamOf(owner: Owner): string {
  return `LATCHKEY_${owner.toUpperCase().replaceAll('-', '_')}`;
}

/** ISO 8601 in UTC; instants travel as text. */
export const Instant = z.iso.datetime();
