import { Migration } from '@mikro-orm/migrations';

/** Messages and what became of them, suppressed addresses, alerts and tickets. */
export class Migration20261123000001_notifier extends Migration {
  override up(): void {
    this.addSql(`create table message (
      id text not null primary key,
      template text not null,
      tenant_id text not null,
      dedupe_key text not null,
      fact_data jsonb not null,
      state text not null,
      attempts int not null,
      sendgrid_id text null,
      reason text null,
      created_at timestamptz not null,
      queued_at timestamptz not null,
      claimed_at timestamptz null,
      next_attempt_at timestamptz null,
      sent_at timestamptz null,
      delivered_at timestamptz null,
      opened_at timestamptz null,
      machine_opened_at timestamptz null,
      clicked_at timestamptz null,
      bounced_at timestamptz null
    )`);
    this.addSql('alter table message add constraint message_dedupe_key_unique unique (dedupe_key)');
    this.addSql('create index message_tenant_id_index on message (tenant_id)');
    this.addSql('create index message_template_created_at_index on message (template, created_at)');

    this.addSql(`create table delivery_event (
      message_id text not null,
      kind text not null,
      occurred_at timestamptz not null,
      machine boolean not null,
      received_at timestamptz not null,
      primary key (message_id, kind, occurred_at)
    )`);

    this.addSql(`create table suppression (
      address_hash text not null primary key,
      reason text not null,
      message_id text not null,
      created_at timestamptz not null
    )`);

    this.addSql(`create table alert (
      id text not null primary key,
      kind text not null,
      severity text not null,
      tenant_id text null,
      text text not null,
      dedupe_key text not null,
      opened_at timestamptz not null
    )`);
    this.addSql('alter table alert add constraint alert_dedupe_key_unique unique (dedupe_key)');
    this.addSql('create index alert_opened_at_index on alert (opened_at)');

    this.addSql(`create table ticket (
      id text not null primary key,
      kind text not null,
      severity text not null,
      tenant_id text not null,
      text text not null,
      dedupe_key text not null,
      opened_at timestamptz not null,
      closed_at timestamptz null
    )`);
    this.addSql('alter table ticket add constraint ticket_dedupe_key_unique unique (dedupe_key)');
    this.addSql('create index ticket_tenant_id_index on ticket (tenant_id)');
    this.addSql('create index ticket_opened_at_index on ticket (opened_at)');
  }

  override down(): void {
    this.addSql('drop table message, delivery_event, suppression, alert, ticket');
  }
}
