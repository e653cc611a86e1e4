import { Migration } from '@mikro-orm/migrations';

/** What the deadlines of paid tenants need: numbered clearances, who was told, since when a failure waits for its money. */
export class Migration20261124000001_deadlines extends Migration {
  override up(): void {
    this.addSql(`alter table tenant
      add column generation int not null default 0,
      add column delay_told_at timestamptz null,
      add column failed_at timestamptz null`);
    this.addSql('update tenant set generation = 1 where cleared_at is not null');
    this.addSql(`update tenant set failed_at = now() where status = 'provisioning_failed'`);
  }
}
