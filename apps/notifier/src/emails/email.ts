import type { ContactCard, EventContract, EventData } from '@latchkey/contracts';
import { letterToHtml, letterToText, type Block } from './letter.js';

/** What every mail may say about the house; from configuration. */
export interface Brand {
  productName: string;
  publicUrl: string;
  docsUrl: string;
  /** The agreement on data processing (GDPR article 28), linked in the welcome mail (S9). */
  dpaUrl: string;
  /** "Alex from Latchkey": the sender's name and the signature (F5). */
  senderName: string;
}

/**
 * Stands for a company's name until somebody has proved that the address is theirs: the name may be a stranger's, who would
 * have us mail it to anybody. Greetings leave it out.
 */
export const unprovedCompany = 'your company';

/** Whom a mail can go to, and what is known about him at the moment of writing. Never stored. */
export type Addressee =
  | ({ to: 'customer' } & Pick<ContactCard, 'email' | 'plan' | 'status' | 'trial_ends_at'> & { company: string })
  /** An address that nobody has proved to own yet. It gets nothing that a stranger typed: no company name, no links. */
  | { to: 'unverified'; email: string; code: string; expires_at: string }
  /** Whoever reads the account's mailbox, and what the link for a new password carries. */
  | { to: 'resetting'; email: string; token: string; expires_at: string }
  | { to: 'ops'; email: string };

export interface EmailContext<To extends Addressee['to'], Data> {
  brand: Brand;
  tenantId: string;
  /** The data of the event that caused the mail. */
  data: Data;
  addressee: Extract<Addressee, { to: To }>;
}

/** The fact a mail answers to, as far as its key may depend on it. */
export interface EmailFact<Data> {
  /** The event's own id: the key of a mail that every such event deserves. */
  id: string;
  tenantId: string;
  data: Data;
}

interface EmailSpec<To extends Addressee['to'], Event extends EventContract> {
  /** Kebab case: folder, category at SendGrid, `template` in events and metrics. */
  name: string;
  on: Event | Event[];
  to: To;
  /** A mail whose loss a person must hear about: urgent alert instead of a warning. */
  critical: boolean;
  /**
   * What to do when nobody knows whether SendGrid took the mail. `wait` for its events and repeat only after the grace
   * period; `repeat` at once where a second copy does no harm and a person is waiting for the first.
   */
  ifUnsure: 'wait' | 'repeat';
  /** False for a fact that is none of this mail's business. Left out: all are. */
  when?: (data: EventData<Event>) => boolean;
  /**
   * News that is worth nothing late: a fact older than this, by its owner's clock, brings no mail. So a mail that begins to
   * listen to a stream writes to nobody about the thirty days before it. Left out: every fact counts.
   */
  freshHours?: number;
  /** Two facts with the same key get one mail. Made of ids and instants only; the name is put in front of it. */
  dedupeKey: (fact: EmailFact<EventData<Event>>) => string;
  /** False when the mail would no longer be true, at the moment of sending. Left out: always. */
  stillTrue?: (context: EmailContext<To, EventData<Event>>) => boolean;
  subject: (context: EmailContext<To, EventData<Event>>) => string;
  title: (context: EmailContext<To, EventData<Event>>) => string;
  body: (context: EmailContext<To, EventData<Event>>) => Block[];
  /** A typical case for the gallery and the deliverability check; the event's own example is its data. */
  sample: Extract<Addressee, { to: To }>;
}

export interface RenderedEmail {
  subject: string;
  html: string;
  text: string;
}

/** A kind of mail, ready to be listed in `index.ts` whatever its event is. */
export interface Email {
  name: string;
  on: EventContract[];
  to: Addressee['to'];
  critical: boolean;
  ifUnsure: 'wait' | 'repeat';
  /** How old a fact may be and still bring this mail. */
  freshForMs: number;
  /** Null when the fact calls for no such mail. */
  dedupeKey: (fact: EmailFact<unknown>) => string | null;
  /** Null when the mail would no longer be true. */
  render: (context: { brand: Brand; tenantId: string; data: unknown; addressee: Addressee }) => RenderedEmail | null;
  renderSample: (brand: Brand) => RenderedEmail;
  sample: Addressee;
}

const subjectLengthMax = 78;

/** Makes an email of its parts. What comes from the database or the bus is parsed here, so that the parts are typed. */
export function defineEmail<To extends Addressee['to'], Event extends EventContract>(
  spec: EmailSpec<To, Event>,
): Email {
  const on = Array.isArray(spec.on) ? spec.on : [spec.on];
  const parse = (data: unknown): EventData<Event> => {
    const fitting = on.map((event) => event.data.safeParse(data)).find((result) => result.success);
    if (!fitting?.success) throw new Error(`The fact behind the mail ${spec.name} fits none of its events`);
    return fitting.data as EventData<Event>;
  };
  const write = (context: EmailContext<To, EventData<Event>>): RenderedEmail => {
    const letter = {
      title: spec.title(context),
      greeting: greetingOf(context.addressee),
      blocks: spec.body(context),
      signature: [context.brand.senderName, context.brand.productName],
    };
    const subject = clip(oneLine(spec.subject(context)), subjectLengthMax);
    return { subject, html: letterToHtml(letter), text: letterToText(letter) };
  };
  return {
    name: spec.name,
    on,
    to: spec.to,
    critical: spec.critical,
    ifUnsure: spec.ifUnsure,
    sample: spec.sample,
    freshForMs: spec.freshHours === undefined ? Infinity : spec.freshHours * 3_600_000,
    dedupeKey: ({ id, tenantId, data: raw }) => {
      const data = parse(raw);
      return spec.when?.(data) === false ? null : `${spec.name}:${spec.dedupeKey({ id, tenantId, data })}`;
    },
    render: ({ brand, tenantId, data, addressee }) => {
      if (!isFor(addressee, spec.to))
        throw new Error(`The mail ${spec.name} goes to ${spec.to}, not to ${addressee.to}`);
      const context = { brand, tenantId, data: parse(data), addressee };
      return spec.stillTrue?.(context) === false ? null : write(context);
    },
    renderSample: (brand) =>
      write({ brand, tenantId: 'tenant_sample', data: parse(on[0]?.example), addressee: spec.sample }),
  };
}

function isFor<To extends Addressee['to']>(addressee: Addressee, to: To): addressee is Extract<Addressee, { to: To }> {
  return addressee.to === to;
}

function greetingOf(addressee: Addressee): string {
  if (addressee.to === 'customer' && addressee.company !== unprovedCompany)
    return `Hello ${oneLine(addressee.company)} team,`;
  return 'Hello,';
}

/** Customers name their companies; nothing they type may start a new header, or a line of its own. */
export function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function clip(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1).trimEnd()}…`;
}

// Made once: making one takes as long as writing the whole mail.
const dateFormat = new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeZone: 'UTC' });
const timeFormat = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'UTC' });

/** "December 7, 2026", in UTC: the trial ends at an instant, and the mail must not name another day than the invoice. */
export function dateText(instant: string): string {
  return dateFormat.format(new Date(instant));
}

/** "03:15 UTC", for what works only for some minutes. */
export function timeText(instant: string): string {
  return `${timeFormat.format(new Date(instant))} UTC`;
}
