import { newId } from '@latchkey/shared/ids';
import { counter } from '@latchkey/shared/observability';
import { sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';
import type { Message } from '../messages/message.entity.js';
import type { Severity } from './alert.entity.js';

interface AlertFacts {
  kind: string;
  severity: Severity;
  tenantId: string | null;
  /** Ids and causes only. */
  text: string;
  /** The same trouble is one alert; put the hour in where it concerns everybody and lasts. */
  dedupeKey: string;
}

const alertsTotal = counter('notifier_alerts_total', 'Alerts raised.', ['kind', 'severity']);

/** Tells ops: a row for the console and a metric for the pager. Once for each key, decided by the database. */
@Injectable()
export class RaiseAlert {
  constructor(private readonly clock: Clock) {}

  async run({ kind, severity, tenantId, text, dedupeKey }: AlertFacts): Promise<void> {
    const inserted = await sql(
      `insert into alert (id, kind, severity, tenant_id, text, dedupe_key, opened_at)
       values ($1, $2, $3, $4, $5, $6, $7) on conflict (dedupe_key) do nothing returning id`,
      [newId('alr'), kind, severity, tenantId, text, `${kind}:${dedupeKey}`, this.clock.nowIso()],
    );
    if (inserted.length > 0) alertsTotal.inc({ kind, severity });
  }

  async mailFailed(message: Message, reason: string, critical: boolean): Promise<void> {
    await this.run({
      kind: 'email_failed',
      severity: critical ? 'urgent' : 'warning',
      tenantId: message.tenantId,
      text: `The ${message.template} mail ${message.id} could not be sent after ${message.attempts} attempts: ${reason}.`,
      // An operator may send it again, and it may fail again for another reason.
      dedupeKey: `${message.id}:${message.attempts}`,
    });
  }

  async mailWithheld(message: Message): Promise<void> {
    await this.run({
      kind: 'email_withheld',
      severity: 'warning',
      tenantId: message.tenantId,
      text: `The ${message.template} mail ${message.id} was not sent: the address bounced or complained before.`,
      dedupeKey: message.id,
    });
  }

  async mailBounced(message: Message, kind: string): Promise<void> {
    await this.run({
      kind: 'email_bounced',
      severity: 'warning',
      tenantId: message.tenantId,
      text: `The ${message.template} mail ${message.id} did not arrive: ${kind}. The customer waits for it.`,
      dedupeKey: message.id,
    });
  }

  async mailsLate(reason: string): Promise<void> {
    await this.run({
      kind: 'emails_late',
      severity: 'warning',
      tenantId: null,
      text: `Mails are being tried again and again: ${reason}.`,
      dedupeKey: `${reason}:${this.hour()}`,
    });
  }

  async sendGridRefusesUs(reason: string): Promise<void> {
    await this.run({
      kind: 'sendgrid_refuses_us',
      severity: 'urgent',
      tenantId: null,
      text: `SendGrid refuses this account (${reason}): check key, sender verification and credits. Mails are waiting.`,
      dedupeKey: `${reason}:${this.hour()}`,
    });
  }

  private hour(): string {
    return this.clock.nowIso().slice(0, 13);
  }
}
