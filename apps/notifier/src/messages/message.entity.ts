import { EmailBounced, EmailClicked, EmailDelivered, EmailFailed, EmailOpened, EmailSent } from '@latchkey/contracts';
import { record } from '@latchkey/shared/persistence';
import { defineEntity, p } from '@mikro-orm/core';

export const messageStates = ['queued', 'sending', 'sent', 'uncertain', 'failed', 'skipped'] as const;
export type MessageState = (typeof messageStates)[number];

/** Why a mail was never sent, and rightly so. */
export type SkipReason = 'obsolete' | 'no_contact' | 'no_longer_true' | 'suppressed';

/** What SendGrid tells about a mail, in our words; `processed` and `deferred` stay in this house. */
export type DeliveryKind =
  | 'processed'
  | 'deferred'
  | 'delivered'
  | 'open'
  | 'click'
  | 'bounce'
  | 'blocked'
  | 'dropped'
  | 'spam_report'
  | 'unsubscribe';

export type Outcome = 'done' | 'already';

/**
 * Every move there is. `queued → sent` and `failed → sent` are for proof that arrives late: SendGrid reports the mail on
 * its way although its answer said otherwise, or never came.
 */
const moves: Record<MessageState, readonly MessageState[]> = {
  queued: ['sending', 'sent', 'skipped', 'failed'],
  sending: ['sent', 'queued', 'uncertain', 'failed'],
  uncertain: ['sent', 'sending', 'queued', 'skipped', 'failed'],
  failed: ['queued', 'sent'],
  sent: [],
  skipped: [],
};

/** For statements that move a mail without its entity at hand. */
export const statesBefore = (state: MessageState): MessageState[] =>
  messageStates.filter((from) => moves[from].includes(state));

const MessageSchema = defineEntity({
  name: 'Message',
  tableName: 'message',
  properties: {
    id: p.text().primary(),
    template: p.text(),
    tenantId: p.text(),
    /** Two facts with one key are one mail: the database refuses the second. */
    dedupeKey: p.text().unique(),
    /** The data of the event behind it: ids and instants, so that a retry writes the same mail. */
    factData: p.json<Record<string, unknown>>(),
    state: p.text().$type<MessageState>(),
    /** How often SendGrid was called for it. */
    attempts: p.integer(),
    sendgridId: p.text().nullable(),
    /** Of a skipped or failed mail: why. */
    reason: p.text().nullable(),
    createdAt: p.datetime(),
    /** Since when it is being tried; an operator's resend starts the time anew. */
    queuedAt: p.datetime(),
    claimedAt: p.datetime().nullable(),
    nextAttemptAt: p.datetime().nullable(),
    sentAt: p.datetime().nullable(),
    deliveredAt: p.datetime().nullable(),
    openedAt: p.datetime().nullable(),
    machineOpenedAt: p.datetime().nullable(),
    clickedAt: p.datetime().nullable(),
    bouncedAt: p.datetime().nullable(),
  },
  indexes: [
    { properties: ['tenantId'] },
    { properties: ['template', 'createdAt'] },
    { properties: ['createdAt', 'id'] },
  ],
});

/**
 * One mail to one person, without the person: no address and no content at rest (DESIGN rule 10). `sending` is written
 * before SendGrid is called, so that a crash leaves a trace: a mail found in it may or may not have left.
 */
export class Message extends MessageSchema.class {
  /** The call that was claimed has not been made: nothing was sent, and no attempt counts. */
  unclaim(): void {
    this.attempts = Math.max(0, this.attempts - 1);
    this.claimedAt = null;
  }

  /** SendGrid took it: by its answer, or by an event that proves it. */
  markSent(sendgridId: string | null, now: Date): Outcome {
    if (sendgridId !== null) this.sendgridId = sendgridId;
    if (this.state === 'sent') return 'already';
    this.moveTo('sent');
    this.sentAt = now;
    this.nextAttemptAt = null;
    this.reason = null;
    tellSent(this);
    return 'done';
  }

  /** SendGrid surely did not take it, or could not be asked yet; the same mail is tried again. */
  postpone(until: Date): Outcome {
    // Proof may have come in while the refusal was on its way.
    if (this.state === 'sent') return 'already';
    if (this.state !== 'queued') this.moveTo('queued');
    this.nextAttemptAt = until;
    return 'done';
  }

  /** Nobody knows whether SendGrid took it. Its events may tell until then; afterwards it is sent again. */
  doubt(until: Date): Outcome {
    if (this.state === 'sent') return 'already';
    if (this.state !== 'uncertain') this.moveTo('uncertain');
    this.nextAttemptAt = until;
    return 'done';
  }

  skip(reason: SkipReason): Outcome {
    if (this.state === 'sent' || this.state === 'skipped') return 'already';
    this.moveTo('skipped');
    this.reason = reason;
    this.nextAttemptAt = null;
    return 'done';
  }

  fail(reason: string): Outcome {
    if (this.state === 'failed' || this.state === 'sent') return 'already';
    this.moveTo('failed');
    this.reason = reason;
    this.nextAttemptAt = null;
    record(EmailFailed, this.tenantId, { message_id: this.id, template: this.template, reason });
    return 'done';
  }

  /** An operator mended the cause. */
  requeue(now: Date): Outcome {
    if (this.state !== 'failed') return 'already';
    this.moveTo('queued');
    this.queuedAt = now;
    this.reason = null;
    return 'done';
  }

  /**
   * What SendGrid reports. Every report proves that it took the mail. Each kind is told to the others once per mail,
   * however often a reader opens it: the number of events stays bounded.
   */
  noteDelivery(kind: DeliveryKind, machine: boolean, at: Date): Outcome {
    const proved = this.markSent(null, at);
    const ids = { message_id: this.id, template: this.template };
    switch (kind) {
      case 'processed':
      case 'deferred':
      case 'unsubscribe':
        return proved;
      case 'delivered':
        if (this.deliveredAt) return 'already';
        this.deliveredAt = at;
        record(EmailDelivered, this.tenantId, ids);
        return 'done';
      case 'open':
        if (machine ? this.machineOpenedAt : this.openedAt) return 'already';
        if (machine) this.machineOpenedAt = at;
        else this.openedAt = at;
        record(EmailOpened, this.tenantId, { ...ids, machine });
        return 'done';
      case 'click':
        // Link scanners follow every link of a mail before a person sees it.
        if (machine) return proved;
        if (this.clickedAt) return 'already';
        this.clickedAt = at;
        record(EmailClicked, this.tenantId, ids);
        return 'done';
      case 'bounce':
      case 'blocked':
      case 'dropped':
      case 'spam_report':
        if (this.bouncedAt) return 'already';
        this.bouncedAt = at;
        record(EmailBounced, this.tenantId, { ...ids, kind });
        return 'done';
    }
  }

  private moveTo(state: MessageState): void {
    if (!moves[this.state].includes(state))
      throw new Error(`A mail cannot go from ${this.state} to ${state} (${this.id})`);
    this.state = state;
  }
}
MessageSchema.setClass(Message);

export function tellSent({ id, tenantId, template }: Pick<Message, 'id' | 'tenantId' | 'template'>): void {
  record(EmailSent, tenantId, { message_id: id, template });
}
