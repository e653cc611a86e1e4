import { Migration } from '@mikro-orm/migrations';

/** Where a rebuild works: the service's role may write rows and make no tables. */
export class Migration20261128000001_rebuilt_progress extends Migration {
  override up(): void {
    this.addSql(`create table facts.rebuilt_progress (
      tenant_id text primary key,
      signed_up_at timestamptz,
      milestones jsonb not null default '{}'
    )`);
  }

  override down(): void {
    this.addSql('drop table facts.rebuilt_progress');
  }
}
