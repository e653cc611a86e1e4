import { Breakers } from '@latchkey/shared/breakers';
import { BreakerOpen, GiveUp, RetryLater } from '@latchkey/shared/errors';
import { enqueue, type JobData, type JobRun } from '@latchkey/shared/jobs';
import { QuestionUnanswered } from '@latchkey/shared/messaging';
import { Log } from '@latchkey/shared/observability';
import { Door, em } from '@latchkey/shared/persistence';
import { backoffMs, Clock } from '@latchkey/shared/time';
import { SendGridApi, type Mail } from '@latchkey/vendor-sendgrid';
import { LockMode } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { RaiseAlert } from '../alerts/raise-alert.js';
import { CONFIG, type Config } from '../config.js';
import { hashAddress, Suppression } from '../delivery/suppression.entity.js';
import type { Addressee, Email, RenderedEmail } from '../emails/email.js';
import { emailNamed } from '../emails/registry.js';
import { brandOf } from './brand.js';
import { FailEmail } from './fail-email.js';
import { FindAddressee } from './find-addressee.js';
import { Message, tellSent, type SkipReason } from './message.entity.js';
import { emailsTotal } from './metrics.js';
import { claimMail, markMailSent } from './quick-moves.js';
import { SendEmailJob } from './send-email.job.js';

const retryMaxMs = 10 * 60_000;
/** From this attempt on, or when it waited for so long without one, somebody should know that mails are late. */
const alertFromAttempt = 4;
const alertFromAgeMs = 10 * 60_000;

/** What has to be known of a mail to send it. */
type DueMail = Pick<Message, 'id' | 'template' | 'tenantId'> & { factData: unknown };

/** A mail that is complete and may leave. */
interface ReadyMail {
  message: DueMail;
  email: Email;
  addressee: Addressee;
  rendered: RenderedEmail;
}

/**
 * Sends one mail, once. SendGrid knows no idempotency key, so three things stand in for it: the mail is marked
 * `sending` before the call; only an answer that says "not taken" leads to another call at once; and when no answer
 * came, SendGrid's own events get a grace period to tell that the mail left (OPERATIONS, "Welcome email").
 */
@Injectable()
export class SendEmail {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly sendGrid: SendGridApi,
    private readonly breakers: Breakers,
    private readonly findAddressee: FindAddressee,
    private readonly failEmail: FailEmail,
    private readonly raiseAlert: RaiseAlert,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async run({ message_id: messageId, mail }: JobData<typeof SendEmailJob>, run: JobRun): Promise<void> {
    if (mail && run.attempt === 1) {
      const { template, tenant_id: tenantId, fact_data: factData } = mail;
      if (await this.sendNew({ id: messageId, template, tenantId, factData }, run)) return;
    }
    const message = await this.door.read('email', () => em().findOne(Message, messageId));
    if (!message || ['sent', 'skipped', 'failed'].includes(message.state)) return;
    const email = emailNamed(message.template);
    if (!email) return this.save(message, run, (locked) => this.failEmail.run(locked, 'template_unknown'));

    if (message.state === 'sending') return this.unsure(message, email, run);
    if (message.state === 'uncertain' && this.waitsForProof(message)) return this.again(message, run);

    // Nobody is asked for an address, and nothing is claimed, while SendGrid takes no mail anyway.
    const stopped = this.breakers.of('sendgrid').stopped;
    if (stopped && stopped.retryAfterMs > 0) return this.later(message, run, stopped.reason, stopped.retryAfterMs);

    const ready = await this.write(message, email);
    if (ready === 'signup_unanswered') return this.later(message, run, ready);
    if (typeof ready === 'string') return this.skip(message, run, ready);
    if (await this.claim(ready)) await this.send(ready, run);
  }

  /**
   * The usual way, on the job's word that the mail was just written down. A job can come again, so its word decides
   * nothing: only the claim does, and whatever is not as usual is answered by the row. False: nothing was sent.
   */
  private async sendNew(mail: DueMail, run: JobRun): Promise<boolean> {
    const email = emailNamed(mail.template);
    if (!email || this.breakers.of('sendgrid').stopped) return false;
    const ready = await this.write(mail, email);
    if (typeof ready === 'string' || !(await this.claim(ready))) return false;
    await this.send(ready, run);
    return true;
  }

  /** The job has no tries left, because of a bug: an honest end instead of a mail that waits for ever. */
  async giveUp(messageId: string, run: JobRun): Promise<void> {
    await run.commit(async () => this.failEmail.run(await this.lock(messageId), 'internal'));
  }

  /** Addressee and text, or why there are none. */
  private async write(message: DueMail, email: Email): Promise<ReadyMail | SkipReason | 'signup_unanswered'> {
    let addressee: Addressee | 'obsolete' | 'no_contact';
    try {
      addressee = await this.findAddressee.run(email.to, message.tenantId, message.factData);
    } catch (error) {
      if (error instanceof QuestionUnanswered) return 'signup_unanswered';
      throw error;
    }
    if (addressee === 'obsolete' || addressee === 'no_contact') return addressee;
    const context = { brand: brandOf(this.config), tenantId: message.tenantId, data: message.factData, addressee };
    const rendered = email.render(context);
    return rendered ? { message, email, addressee, rendered } : 'no_longer_true';
  }

  /** Transaction 1: marks the mail as leaving. False when somebody else has it, or its address must get no mail. */
  private async claim({ message, email, addressee }: ReadyMail): Promise<boolean> {
    const addressHash = hashAddress(addressee.email, this.config.SUPPRESSION_SECRET);
    const claim = async () => {
      if (await claimMail({ id: message.id, addressHash }, this.clock.nowIso())) return true;
      const locked = await this.lock(message.id);
      if (locked.state !== 'queued' && locked.state !== 'uncertain') return false;
      // Whoever put it back into one of these states meanwhile has queued a job for it.
      if (!(await em().findOne(Suppression, { addressHash }))) return false;
      locked.skip('suppressed');
      emailsTotal.inc({ template: locked.template, outcome: 'suppressed' });
      if (email.critical) await this.raiseAlert.mailWithheld(locked);
      return false;
    };
    return this.door.commit('claim-email', claim, { sharedBy: message.tenantId });
  }

  /** The call and transaction 2: whatever the call said, or did not say, is saved together with the job's end. */
  private async send({ message, email, addressee, rendered }: ReadyMail, run: JobRun): Promise<void> {
    let sendgridId: string | null;
    try {
      ({ messageId: sendgridId } = await this.sendGrid.send(this.mail(message, addressee, rendered)));
    } catch (error) {
      return this.notSent(error, message, email, run);
    }
    await run.commit(() => this.markSent(message, sendgridId));
  }

  private async markSent(message: DueMail, sendgridId: string | null): Promise<void> {
    if (await markMailSent({ id: message.id, sendgridId }, this.clock.nowIso())) tellSent(message);
    // SendGrid's events were quicker than its answer, or somebody has moved the mail.
    else if ((await this.lock(message.id)).markSent(sendgridId, this.clock.now()) === 'already') return;
    emailsTotal.inc({ template: message.template, outcome: 'sent' });
  }

  private async notSent(error: unknown, message: DueMail, email: Email, run: JobRun): Promise<void> {
    this.log.warn('A mail was not taken by SendGrid.', {
      message_id: message.id,
      template: message.template,
      err: error,
    });
    if (error instanceof BreakerOpen)
      return this.later(message, run, error.reason, error.retryAfterMs, async (locked) => locked.unclaim());
    if (error instanceof RetryLater && !error.outcomeUnknown)
      return this.later(message, run, error.kind, error.retryAfterMs);
    if (error instanceof GiveUp && (error.kind === 'auth' || error.kind === 'quota'))
      // Ours to mend, not the mail's fault: it waits, and somebody is called.
      return this.later(message, run, error.kind, undefined, () => this.raiseAlert.sendGridRefusesUs(error.kind));
    if (error instanceof GiveUp) return this.save(message, run, (locked) => this.failEmail.run(locked, error.kind));
    return this.unsure(message, email, run);
  }

  /** No answer, or none that we lived to see. */
  private async unsure(message: DueMail, email: Email, run: JobRun): Promise<void> {
    if (email.ifUnsure === 'repeat') return this.later(message, run, 'outcome_unknown');
    const until = new Date(this.clock.nowMs() + this.config.RESEND_GRACE_SECONDS * 1_000);
    emailsTotal.inc({ template: message.template, outcome: 'uncertain' });
    await this.save(message, run, (locked) => {
      if (locked.doubt(until) === 'done') this.enqueueAt(locked, until);
    });
  }

  /** Not now: tried again after a growing pause, until the promised end of all tries. */
  private async later(
    message: DueMail,
    run: JobRun,
    reason: string,
    pauseMs = 0,
    andThen: (locked: Message) => Promise<void> = async () => undefined,
  ): Promise<void> {
    await this.save(message, run, async (locked) => {
      const ageMs = this.clock.nowMs() - locked.queuedAt.getTime();
      if (ageMs > this.config.EMAIL_GIVE_UP_MINUTES * 60_000) return this.failEmail.run(locked, reason);
      const spreadPauseMs = pauseMs * (1 + Math.random() / 10);
      const backoff = backoffMs(Math.max(1, locked.attempts), this.config.EMAIL_RETRY_BASE_MS, retryMaxMs);
      const until = new Date(this.clock.nowMs() + Math.max(spreadPauseMs, backoff));
      if (locked.postpone(until) === 'already') return;
      this.enqueueAt(locked, until);
      await andThen(locked);
      if (locked.attempts >= alertFromAttempt || ageMs > alertFromAgeMs) await this.raiseAlert.mailsLate(reason);
    });
  }

  private async skip(message: DueMail, run: JobRun, reason: SkipReason): Promise<void> {
    await this.save(message, run, (locked) => {
      if (locked.skip(reason) === 'done') emailsTotal.inc({ template: locked.template, outcome: 'skipped' });
    });
  }

  private async again(message: Message, run: JobRun): Promise<void> {
    await run.commit(() => this.enqueueAt(message, message.nextAttemptAt ?? this.clock.now()));
  }

  private waitsForProof(message: Message): boolean {
    return (message.nextAttemptAt?.getTime() ?? 0) > this.clock.nowMs();
  }

  private async save(message: DueMail, run: JobRun, change: (locked: Message) => Promise<void> | void): Promise<void> {
    await run.commit(async () => change(await this.lock(message.id)));
  }

  private lock(messageId: string): Promise<Message> {
    return em().findOneOrFail(Message, messageId, { lockMode: LockMode.PESSIMISTIC_WRITE });
  }

  private enqueueAt(message: Message, at: Date): void {
    const afterSeconds = Math.max(0, (at.getTime() - this.clock.nowMs()) / 1_000);
    enqueue(SendEmailJob, { message_id: message.id }, { afterSeconds });
  }

  private mail(message: DueMail, addressee: Addressee, rendered: RenderedEmail): Mail {
    const { FROM_EMAIL, FROM_NAME, REPLY_TO } = this.config;
    return {
      to: { email: addressee.email },
      from: { email: FROM_EMAIL, name: FROM_NAME },
      ...(REPLY_TO === undefined ? {} : { replyTo: { email: REPLY_TO } }),
      ...rendered,
      categories: [message.template],
      customArgs: { message_key: message.id, tenant_id: message.tenantId, template: message.template },
      // Only what customers get is measured (F5); a code mail has no link, and ops need no pixel.
      tracking: { opens: addressee.to === 'customer', clicks: addressee.to === 'customer' },
    };
  }
}
