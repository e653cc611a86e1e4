import { newId } from '../core/random.js';
import type { Sim } from '../core/sim.js';
import type { Collection } from '../core/store.js';

export type EventName = 'processed' | 'deferred' | 'delivered' | 'bounce' | 'dropped' | 'open' | 'click' | 'spamreport';

/** One event as the Event Webhook sends it: our custom arguments flattened in beside the vendor's own fields. */
export interface MailEvent {
  readonly email: string;
  readonly timestamp: number;
  readonly event: EventName;
  readonly sg_event_id: string;
  readonly sg_message_id: string;
  readonly [field: string]: unknown;
}

/** One mail to one recipient, as it lies (or would lie) in that person's mailbox. */
export interface StoredMail {
  readonly id: string;
  /** The `X-Message-Id` of the answer; several recipients of one request share it. */
  readonly message_id: string;
  readonly at: string;
  readonly to: string;
  readonly to_name?: string;
  readonly from: string;
  readonly from_name?: string;
  readonly reply_to?: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly custom_args: Readonly<Record<string, string>>;
  readonly categories: readonly string[];
  readonly attachments: readonly { filename: string; type: string; bytes: number }[];
  /** Where rewritten links lead; the mail itself carries only their number. */
  readonly links: readonly string[];
  /** A mail to somebody who never opens: looking at it raises no event. */
  readonly ignored: boolean;
}

/** Older mails are forgotten first; the ledger of effects still counts them. */
const maxMails = 20_000;

/** The mails and what became of them. The last event that moves a mail decides its status. */
export class Mailbox {
  readonly #mails: Collection<StoredMail>;
  readonly #events: Collection<MailEvent & { mail_id: string }>;
  readonly #eventsOf = new Map<string, MailEvent[]>();
  /** Mail ids by folded address: a journey asks for one person's mail thousands of times. */
  readonly #idsTo = new Map<string, string[]>();

  constructor(private readonly sim: Sim) {
    this.#mails = sim.collection('sendgrid.mails');
    this.#events = sim.collection('sendgrid.events');
    for (const { mail_id, ...event } of this.#events.values()) push(this.#eventsOf, mail_id, event as MailEvent);
    for (const mail of this.#mails.values()) push(this.#idsTo, mail.to.toLowerCase(), mail.id);
    sim.whenReset(() => {
      this.#eventsOf.clear();
      this.#idsTo.clear();
    });
  }

  add(mail: StoredMail): void {
    this.#mails.set(mail.id, mail);
    push(this.#idsTo, mail.to.toLowerCase(), mail.id);
    if (this.#mails.size <= maxMails) return;
    const oldest = this.#mails.values().next().value;
    if (oldest) this.#forget(oldest);
  }

  get(id: string): StoredMail | undefined {
    return this.#mails.get(id);
  }

  /** Newest first. */
  all(): StoredMail[] {
    return [...this.#mails.values()].reverse();
  }

  /** One person's mails, newest first. */
  to(email: string): StoredMail[] {
    const ids = this.#idsTo.get(email.toLowerCase()) ?? [];
    return ids.flatMap((id) => this.#mails.get(id) ?? []).reverse();
  }

  record(mail: StoredMail, event: EventName, fields: Readonly<Record<string, unknown>> = {}): MailEvent {
    const recorded: MailEvent = {
      ...mail.custom_args,
      email: mail.to,
      timestamp: this.sim.clock.nowSeconds(),
      'smtp-id': `<${mail.message_id}@ismtpd.latchkey-sandbox>`,
      event,
      category: mail.categories,
      sg_event_id: newId('', 22),
      sg_message_id: `${mail.message_id}.recvd-sandbox-${mail.id}`,
      ...fields,
    };
    this.#events.set(recorded.sg_event_id, { ...recorded, mail_id: mail.id });
    push(this.#eventsOf, mail.id, recorded);
    return recorded;
  }

  eventsOf(mailId: string): readonly MailEvent[] {
    return this.#eventsOf.get(mailId) ?? [];
  }

  /** The mail's way so far: opens and clicks come after it has arrived and do not change that it has. */
  statusOf(mailId: string): Exclude<EventName, 'open' | 'click'> | 'accepted' {
    const moves = this.eventsOf(mailId).filter(({ event }) => event !== 'open' && event !== 'click');
    return (moves.at(-1)?.event as Exclude<EventName, 'open' | 'click'> | undefined) ?? 'accepted';
  }

  /** In the person's mailbox, where it can be read: a mail reported as spam was there too. */
  hasArrived(mailId: string): boolean {
    return this.eventsOf(mailId).some(({ event }) => event === 'delivered');
  }

  #forget(mail: StoredMail): void {
    this.#mails.delete(mail.id);
    for (const event of this.eventsOf(mail.id)) this.#events.delete(event.sg_event_id);
    this.#eventsOf.delete(mail.id);
    const address = mail.to.toLowerCase();
    const left = (this.#idsTo.get(address) ?? []).filter((id) => id !== mail.id);
    if (left.length > 0) this.#idsTo.set(address, left);
    else this.#idsTo.delete(address);
  }
}

function push<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
