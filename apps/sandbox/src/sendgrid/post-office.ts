import { newId } from '../core/random.js';
import type { Sim } from '../core/sim.js';
import { EventWebhook } from './event-webhook.js';
import type { MailRequest } from './mail-request.js';
import { type EventName, Mailbox, type StoredMail } from './mailbox.js';
import { type SuppressionList, Suppressions } from './suppressions.js';
import { track } from './tracking.js';

type Outcome = 'deliver' | 'bounce' | 'block' | 'spam' | 'defer' | 'drop' | 'noopen';
type Person = MailRequest['from'];

const deferredForMs = 5 * 60 * 1000;
const spamReportAfterMs = 1_000;

/** `bounce@`, `spam+7@`, ...: who writes to these decides what happens, so that a test needs no switch. */
function outcomeOfAddress(email: string): Outcome {
  const word = /^(bounce|block|spam|defer|drop|noopen)(?:[+._-].*)?@/i.exec(email)?.[1];
  return (word?.toLowerCase() as Outcome | undefined) ?? 'deliver';
}

function bypassedLists(settings: MailRequest['mail_settings']): ReadonlySet<SuppressionList> {
  const lists = new Set<SuppressionList>();
  const all = settings?.bypass_list_management?.enable === true;
  if (all || settings?.bypass_bounce_management?.enable === true) lists.add('bounces');
  if (all || settings?.bypass_spam_management?.enable === true) lists.add('spam_reports');
  if (all || settings?.bypass_unsubscribe_management?.enable === true) lists.add('unsubscribes');
  if (all) lists.add('invalid_emails');
  return lists;
}

/** Takes mails, decides what becomes of each and tells of it: the mailbox, the suppression lists and the Event Webhook. */
export class PostOffice {
  readonly mailbox: Mailbox;
  readonly suppressions: Suppressions;
  readonly webhook: EventWebhook;

  constructor(private readonly sim: Sim) {
    this.mailbox = new Mailbox(sim);
    this.suppressions = new Suppressions(sim);
    this.webhook = new EventWebhook(sim);
    sim.clock.on('sendgrid.delivered', (id) => this.#tellLater(id, 'delivered', { response: '250 OK' }));
    sim.clock.on('sendgrid.spamreport', (id) => {
      this.#tellLater(id, 'spamreport');
      const mail = this.mailbox.get(id);
      if (mail) this.suppressions.add('spam_reports', mail.to);
    });
  }

  /** Accepts a valid mail for all its recipients and answers the `X-Message-Id`. */
  accept(request: MailRequest): string {
    const messageId = newId('', 22);
    for (const personalization of request.personalizations) {
      const { to, cc = [], bcc = [] } = personalization;
      const sentTo = [...to, ...cc, ...bcc].filter((person) => this.#send(request, personalization, person, messageId));
      if (sentTo.length === 0) continue;
      const customArgs = { ...request.custom_args, ...personalization.custom_args };
      this.sim.effect('mail.sent', customArgs['message_key'] ?? messageId, {
        to: sentTo.map(({ email }) => email).join(', '),
        template: customArgs['template'] ?? request.categories?.[0] ?? null,
        categories: request.categories ?? [],
        tenant_id: customArgs['tenant_id'] ?? null,
        message_id: messageId,
      });
    }
    return messageId;
  }

  /** Somebody really looked at the mail or followed one of its links. */
  noteEngagement(
    mail: StoredMail,
    event: 'open' | 'click',
    visitor: { ip: string; useragent: string; url?: string; sg_machine_open?: boolean },
  ): void {
    if (!mail.ignored) this.#tell(mail, event, visitor);
  }

  /** Answers whether the vendor tried to deliver at all: a dropped mail never left the house. */
  #send(
    request: MailRequest,
    personalization: MailRequest['personalizations'][number],
    person: Person,
    messageId: string,
  ): boolean {
    const fault = this.sim.currentFault();
    const outcome = fault?.type === 'mail-outcome' ? fault.outcome : outcomeOfAddress(person.email);
    const mail = this.#compose(request, personalization, person, messageId, outcome === 'noopen');
    this.mailbox.add(mail);

    const suppressed = this.suppressions.dropReason(mail.to, bypassedLists(request.mail_settings));
    const reason = suppressed ?? (outcome === 'drop' ? 'Invalid' : undefined);
    if (reason !== undefined) {
      this.#tell(mail, 'dropped', { reason });
      this.sim.effect('mail.dropped', mail.custom_args['message_key'] ?? messageId, { to: mail.to, reason });
      return false;
    }
    this.#tell(mail, 'processed');
    this.#carryOut(mail, outcome);
    return true;
  }

  #carryOut(mail: StoredMail, outcome: Outcome): void {
    const nowMs = this.sim.clock.nowMs();
    switch (outcome) {
      case 'bounce': {
        const reason = '550 5.1.1 The email account that you tried to reach does not exist.';
        this.suppressions.add('bounces', mail.to, reason, '5.1.1');
        return this.#tell(mail, 'bounce', { type: 'bounce', reason, status: '5.1.1' });
      }
      case 'block': {
        const reason = '421 4.7.0 Message blocked by the policy of the receiving server.';
        this.suppressions.add('blocks', mail.to, reason, '4.7.0');
        return this.#tell(mail, 'bounce', { type: 'blocked', reason, status: '4.7.0' });
      }
      case 'defer':
        this.#tell(mail, 'deferred', { response: '451 4.3.0 Mailbox temporarily unavailable', attempt: '1' });
        return this.sim.clock.schedule(nowMs + deferredForMs, 'sendgrid.delivered', mail.id);
      case 'spam':
        this.#tell(mail, 'delivered', { response: '250 OK' });
        return this.sim.clock.schedule(nowMs + spamReportAfterMs, 'sendgrid.spamreport', mail.id);
      default:
        return this.#tell(mail, 'delivered', { response: '250 OK' });
    }
  }

  #compose(
    request: MailRequest,
    personalization: MailRequest['personalizations'][number],
    person: Person,
    messageId: string,
    ignored: boolean,
  ): StoredMail {
    const part = (type: string) => request.content.find((each) => each.type === type)?.value ?? '';
    const from = personalization.from ?? request.from;
    const replyTo = request.reply_to ?? request.reply_to_list?.[0];
    const id = newId('', 16);
    const { click_tracking: clicks, open_tracking: opens } = request.tracking_settings ?? {};
    const settings = {
      clicks: clicks?.enable === true,
      clicksInText: clicks?.enable_text === true,
      opens: opens?.enable === true,
    };
    return {
      id,
      message_id: messageId,
      at: new Date(this.sim.clock.nowMs()).toISOString(),
      to: person.email,
      ...(person.name === undefined ? {} : { to_name: person.name }),
      from: from.email,
      ...(from.name === undefined ? {} : { from_name: from.name }),
      ...(replyTo === undefined ? {} : { reply_to: replyTo.email }),
      subject: personalization.subject ?? request.subject ?? '',
      ...track({ id, html: part('text/html'), text: part('text/plain') }, settings, this.sim.url('sendgrid')),
      headers: { ...request.headers, ...personalization.headers },
      custom_args: { ...request.custom_args, ...personalization.custom_args },
      categories: request.categories ?? [],
      attachments: (request.attachments ?? []).map(({ filename, type = 'application/octet-stream', content }) => ({
        filename,
        type,
        bytes: Buffer.byteLength(content, 'base64'),
      })),
      ignored,
    };
  }

  #tell(mail: StoredMail, event: EventName, fields?: Readonly<Record<string, unknown>>): void {
    this.webhook.send(this.mailbox.record(mail, event, fields));
  }

  /** The mail may have been forgotten while the event was waiting. */
  #tellLater(mailId: string, event: EventName, fields?: Readonly<Record<string, unknown>>): void {
    const mail = this.mailbox.get(mailId);
    if (mail) this.#tell(mail, event, fields);
  }
}

/** The one post office of a sandbox, shared by the API and the inbox. */
export function postOfficeOf(sim: Sim): PostOffice {
  return sim.once('sendgrid', () => new PostOffice(sim));
}
