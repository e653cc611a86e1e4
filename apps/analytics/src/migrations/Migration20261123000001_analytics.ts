import { Migration } from '@mikro-orm/migrations';

/**
 * All tables are written by plain SQL in batches and have no entities, so there is nothing they could drift from.
 * `recorded_in` is the writing transaction; a rebuild tells by it what was still being written when it began.
 */
export class Migration20261123000001_analytics extends Migration {
  override up(): void {
    this.addSql('create schema facts');
    this.addSql(`create table facts.event (
      event_id uuid primary key,
      type text not null,
      tenant_id text not null,
      occurred_at timestamptz not null,
      data jsonb not null,
      correlation_id text not null,
      causation_id text not null,
      recorded_at timestamptz not null,
      recorded_in xid8 not null default pg_current_xact_id()
    )`);
    this.addSql('create index event_tenant on facts.event (tenant_id, occurred_at, event_id)');
    this.addSql('create index event_recorded_in on facts.event (recorded_in)');
    this.addSql(`create table facts.tenant_progress (
      tenant_id text primary key,
      signed_up_at timestamptz,
      milestones jsonb not null default '{}'
    )`);
    this.addSql('create index tenant_progress_signed_up_at on facts.tenant_progress (signed_up_at)');
    this.addSql(`create table facts.intervention (
      tenant_id text not null,
      rule text not null,
      since timestamptz not null,
      opened_at timestamptz not null,
      closed_at timestamptz,
      outcome text,
      primary key (tenant_id, rule)
    )`);
    this.addSql('create index intervention_open on facts.intervention (rule) where closed_at is null');
    this.addSql('create table facts.test_tenant (tenant_id text primary key, noted_at timestamptz not null)');
  }

  override down(): void {
    this.addSql('drop schema facts cascade');
  }
}
