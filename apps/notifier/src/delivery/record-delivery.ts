import { counter } from '@latchkey/shared/observability';
import { em, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Inject, Injectable } from '@nestjs/common';
import { RaiseAlert } from '../alerts/raise-alert.js';
import { CONFIG, type Config } from '../config.js';
import { emailNamed } from '../emails/registry.js';
import { Message } from '../messages/message.entity.js';
import type { DeliveryReport } from './read-delivery-report.js';
import { hashAddress } from './suppression.entity.js';

/** Reports kept of one mail. A mail that is opened more often than this is counted, but not written down any more. */
const reportsPerMessageMax = 100;

const reportsTotal = counter('notifier_email_events_total', 'What SendGrid reported, each once.', [
  'template',
  'kind',
  'machine',
]);

const undelivered = new Set(['bounce', 'dropped', 'spam_report', 'blocked']);

/**
 * Takes in a batch of reports: each counts once however often SendGrid sends it, moves its mail on, and after a final
 * refusal closes the address. Reports about unknown mails are left out: another installation may share the account.
 */
@Injectable()
export class RecordDelivery {
  constructor(
    private readonly clock: Clock,
    private readonly raiseAlert: RaiseAlert,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async run(reports: DeliveryReport[]): Promise<void> {
    // Sent together, and worked off in this order: two batches about the same mails take turns.
    const [messages, fresh] = await Promise.all([this.lockMessages(reports), this.writeOnce(reports)]);
    for (const report of fresh) {
      const message = messages.get(report.messageId);
      if (!message) continue;
      const { kind, machine } = report;
      reportsTotal.inc({ template: message.template, kind, machine: String(machine) });
      message.noteDelivery(kind, machine, report.occurredAt);
      if (report.closesAddress && report.address) await this.suppress(report.address, report);
      if (undelivered.has(kind) && emailNamed(message.template)?.critical)
        await this.raiseAlert.mailBounced(message, kind);
    }
  }

  /** In the order of their ids, so that two batches about the same mails wait for each other instead of deadlocking. */
  private async lockMessages(reports: DeliveryReport[]): Promise<Map<string, Message>> {
    const ids = [...new Set(reports.map(({ messageId }) => messageId))];
    const rows = await sql<{ id: string }>('select * from message where id = any($1::text[]) order by id for update', [
      ids,
    ]);
    return new Map(rows.map((row) => [row.id, em().map(Message, row)]));
  }

  /** The reports that were not known yet, oldest first. */
  private async writeOnce(reports: DeliveryReport[]): Promise<DeliveryReport[]> {
    const byKey = new Map(reports.map((report) => [keyOf(report), report]));
    const rows = [...byKey.values()].map(({ messageId, kind, machine, occurredAt }) => ({
      message_id: messageId,
      kind,
      machine,
      occurred_at: occurredAt.toISOString(),
    }));
    const inserted = await sql<{ message_id: string; kind: string; at_seconds: number }>(
      `insert into delivery_event (message_id, kind, occurred_at, machine, received_at)
       select message_id, kind, occurred_at, machine, $2::timestamptz
       from jsonb_to_recordset($1::jsonb) as r(message_id text, kind text, occurred_at timestamptz, machine boolean)
       where exists (select from message m where m.id = r.message_id)
         and (select count(*) from delivery_event d where d.message_id = r.message_id) < $3
       on conflict do nothing returning message_id, kind, extract(epoch from occurred_at)::float8 as at_seconds`,
      [JSON.stringify(rows), this.clock.nowIso(), reportsPerMessageMax],
    );
    return inserted
      .flatMap((row) => byKey.get(`${row.message_id} ${row.kind} ${row.at_seconds * 1_000}`) ?? [])
      .toSorted((left, right) => left.occurredAt.getTime() - right.occurredAt.getTime());
  }

  private async suppress(address: string, { kind, messageId }: DeliveryReport): Promise<void> {
    await sql(
      `insert into suppression (address_hash, reason, message_id, created_at) values ($1, $2, $3, $4)
       on conflict (address_hash) do nothing`,
      [hashAddress(address, this.config.SUPPRESSION_SECRET), kind, messageId, this.clock.nowIso()],
    );
  }
}

const keyOf = ({ messageId, kind, occurredAt }: DeliveryReport) => `${messageId} ${kind} ${occurredAt.getTime()}`;
