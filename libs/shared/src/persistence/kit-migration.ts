import { Migration } from '@mikro-orm/migrations';

/**
 * The kit's own tables, the same in every service's database. The outbox is split by day so that rows older than the
 * replay window are dropped with their partition instead of deleted one by one (OPERATIONS 1.4: bloat).
 */
export class Migration00000000000001_kit extends Migration {
  override up(): void {
    this.addSql('create schema if not exists kit');
    this.addSql(`create table kit.outbox (
      seq bigint generated always as identity,
      id uuid not null,
      tenant_id text not null,
      type text not null,
      subject text not null,
      data jsonb not null,
      headers jsonb not null,
      occurred_at timestamptz not null,
      published_at timestamptz,
      primary key (id, occurred_at)
    ) partition by range (occurred_at)`);
    this.addSql('create table kit.outbox_default partition of kit.outbox default');
    this.addSql('create index outbox_unpublished on kit.outbox (seq) where published_at is null');
    this.addSql('create index outbox_tenant on kit.outbox (tenant_id, seq)');
    this.addSql(`create table kit.inbox (
      event_id uuid primary key,
      type text not null,
      received_at timestamptz not null
    )`);
    this.addSql('create index inbox_received on kit.inbox (received_at)');
    this.addSql(`create table kit.dead_letter (
      id bigint generated always as identity primary key,
      event_id text not null unique,
      stream text not null,
      stream_seq bigint not null,
      subject text not null,
      type text not null,
      tenant_id text not null,
      headers jsonb not null,
      body text not null,
      reason text not null,
      tries int not null,
      dead_at timestamptz not null,
      redriven_at timestamptz
    )`);
  }

  override down(): void {
    this.addSql('drop schema kit cascade');
  }
}

/**
 * What the relay remembers of its stream, one row. `created` is the stream's identity: one made anew has another. While
 * `refill_until` is set, all kept facts up to that `seq` are being published again, tenant by tenant, and
 * (`refill_tenant`, `refill_seq`) are the last ones done.
 */
export class Migration00000000000003_stream extends Migration {
  override up(): void {
    this.addSql(`create table kit.stream (
      name text primary key,
      created text not null,
      last_seq bigint not null,
      refill_until bigint,
      refill_tenant text not null default '',
      refill_seq bigint not null default 0
    )`);
  }

  override down(): void {
    this.addSql('drop table kit.stream');
  }
}
