import type { Email } from './email.js';
import * as listed from './index.js';

/** The mails of `index.ts`, and how one looks them up. */
export const emails: readonly Email[] = Object.values(listed);

export const emailNamed = (name: string): Email | undefined => emails.find((email) => email.name === name);

/** The mails that answer to this type of event. */
export const emailsOn = (eventType: string): Email[] =>
  emails.filter((email) => email.on.some((event) => event.type === eventType));
