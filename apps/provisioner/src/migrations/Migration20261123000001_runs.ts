import { Migration } from '@mikro-orm/migrations';

export class Migration20261123000001_runs extends Migration {
  override up(): void {
    this.addSql(`create table run (
      id text not null primary key,
      tenant_id text not null,
      generation int not null,
      state text not null,
      plan text not null,
      trial_ends_at timestamptz(3) null,
      namespace text not null,
      warm boolean not null,
      steps jsonb not null,
      failures int not null,
      claimed_by text null,
      next_attempt_at timestamptz(3) null,
      failed_step text null,
      failure_reason text null,
      cleared_at timestamptz(3) not null,
      deadline_at timestamptz(3) not null,
      touched_at timestamptz(3) not null,
      finished_at timestamptz(3) null
    )`);
    this.addSql('alter table run add constraint run_generation_unique unique (tenant_id, generation)');
    this.addSql(`create index run_open_index on run (touched_at) where state in ('running', 'retrying', 'undoing')`);
    this.addSql(`create table sample_embedding (
      id text not null primary key,
      model text not null,
      vectors jsonb not null,
      created_at timestamptz(3) not null
    )`);
    this.addSql(`create table vendor_budget (
      vendor text not null primary key,
      tokens double precision not null,
      refilled_at timestamptz(3) not null
    )`);
    this.addSql(`create table standby (
      id text not null primary key,
      namespace text not null,
      state text not null,
      model text not null,
      prepared_at timestamptz(3) not null,
      claimed_by text null
    )`);
    this.addSql('alter table standby add constraint standby_namespace_unique unique (namespace)');
    this.addSql(`create index standby_ready_index on standby (prepared_at) where state = 'ready'`);
  }
}
