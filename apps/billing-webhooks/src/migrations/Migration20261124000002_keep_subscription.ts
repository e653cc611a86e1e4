import { Migration } from '@mikro-orm/migrations';

/** What decides whether a compensation may still be withdrawn for an operator's retry. */
export class Migration20261124000002_keep_subscription extends Migration {
  override up(): void {
    this.addSql(`alter table subscription
      add column end_begun_at timestamptz(3) null,
      add column kept_generation int not null default 0`);
    // What was under way before this column may have reached Stripe.
    this.addSql('update subscription set end_begun_at = end_wanted_at where end_wanted is not null');
  }
}
