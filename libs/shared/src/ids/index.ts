import { randomBytes } from 'node:crypto';
import { v7 } from 'uuid';

/** `<prefix>_` and 96 random bits, as S4.1 makes its tenant and user ids: unguessable, safe in URLs and NATS subjects. */
export function newId(prefix: string): string {
  return `${prefix}_${randomBytes(12).toString('base64url')}`;
}

/** Event ids sort by time, which keeps the inbox's index narrow at its right edge. */
export function newEventId(): string {
  return v7();
}
