import { Migration } from '@mikro-orm/migrations';

/** What the reconciler remembers, and when each subscription was last read from Stripe. */
export class Migration20261124000001_reconciler extends Migration {
  override up(): void {
    this.addSql(`create table stripe_walk (
      name text not null primary key,
      seen_until timestamptz(3) not null,
      started_at timestamptz(3) null,
      page_after text null
    )`);
    this.addSql('alter table subscription add column read_at timestamptz(3) null');
    this.addSql('update subscription set read_at = created_at');
    this.addSql('alter table subscription alter column read_at set not null');
    this.addSql('create index subscription_read_index on subscription (read_at) where ended_at is null');
    this.addSql(
      `create index stripe_event_open_index on stripe_event (received_at) where state in ('waiting', 'dead')`,
    );
    this.addSql('create index refund_open_index on refund (wanted_at) where refunded_at is null');
  }

  override down(): void {
    this.addSql('drop index refund_open_index');
    this.addSql('drop index stripe_event_open_index');
    this.addSql('alter table subscription drop column read_at');
    this.addSql('drop table stripe_walk');
  }
}
