import { Migration } from '@mikro-orm/migrations';

/** The first tables of billing. */
export class Migration20261123000001_billing extends Migration {
  override up(): void {
    this.addSql(`create table customer (
      tenant_id text not null primary key,
      stripe_customer_id text null,
      created_at timestamptz(3) not null,
      erased_at timestamptz(3) null
    )`);
    this.addSql('alter table customer add constraint customer_stripe_customer_id_unique unique (stripe_customer_id)');

    this.addSql(`create table checkout (
      id text not null primary key,
      tenant_id text not null,
      generation int not null,
      plan text not null,
      state text not null,
      opening_until timestamptz(3) null,
      key_generation int not null,
      key_since timestamptz(3) not null,
      session_id text null,
      url text null,
      expires_at timestamptz(3) null,
      superseded_at timestamptz(3) null,
      completed_at timestamptz(3) null,
      check_at timestamptz(3) null,
      checks int not null,
      last_error text null,
      created_at timestamptz(3) not null
    )`);
    this.addSql('alter table checkout add constraint checkout_session_id_unique unique (session_id)');
    this.addSql('alter table checkout add constraint checkout_generation_unique unique (tenant_id, generation)');
    this.addSql(
      `create unique index checkout_one_live_unique on checkout (tenant_id) where state in ('wanted', 'opening', 'open')`,
    );
    this.addSql('create index checkout_due_index on checkout (check_at) where check_at is not null');

    this.addSql(`create table subscription (
      id text not null primary key,
      tenant_id text not null,
      checkout_id text not null,
      plan text not null,
      status text not null,
      unwanted boolean not null,
      trial_ends_at timestamptz(3) null,
      period_ends_at timestamptz(3) null,
      cancel_at_period_end boolean not null,
      trial_ending_for timestamptz(3) null,
      end_wanted text null,
      end_wanted_at timestamptz(3) null,
      ended_at timestamptz(3) null,
      end_reason text null,
      revision int not null,
      created_at timestamptz(3) not null
    )`);
    this.addSql('create index subscription_tenant_index on subscription (tenant_id)');
    this.addSql(
      'create unique index subscription_one_current_unique on subscription (tenant_id) where not unwanted and ended_at is null',
    );
    this.addSql(
      'create index subscription_ending_index on subscription (end_wanted_at) where end_wanted is not null and ended_at is null',
    );

    this.addSql(`create table invoice (
      id text not null primary key,
      tenant_id text not null,
      subscription_id text not null,
      state text not null,
      amount_cents int not null,
      currency text not null,
      attempts int not null,
      created_at timestamptz(3) not null,
      paid_at timestamptz(3) null
    )`);
    this.addSql('create index invoice_tenant_index on invoice (tenant_id)');

    this.addSql(`create table refund (
      id text not null primary key,
      tenant_id text not null,
      subscription_id text null,
      reason text not null,
      amount_cents int not null,
      currency text not null,
      key_generation int not null,
      stripe_refund_id text null,
      wanted_at timestamptz(3) not null,
      refunded_at timestamptz(3) null
    )`);
    this.addSql('create index refund_tenant_index on refund (tenant_id)');

    this.addSql(`create table stripe_event (
      id text not null primary key,
      type text not null,
      api_version text null,
      facts jsonb null,
      state text not null,
      outcome text null,
      happened_at timestamptz(3) not null,
      received_at timestamptz(3) not null,
      applied_at timestamptz(3) null
    )`);
    this.addSql('create index stripe_event_received_index on stripe_event (received_at)');
  }

  override down(): void {
    for (const table of ['stripe_event', 'refund', 'invoice', 'subscription', 'checkout', 'customer'])
      this.addSql(`drop table ${table}`);
  }
}
