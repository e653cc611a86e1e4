import { Migration } from '@mikro-orm/migrations';

/** The newest runs and the workspaces in stock, however many were handed out before. */
export class Migration20261128000001_growth extends Migration {
  override up(): void {
    this.addSql('create index run_cleared_at_index on run (cleared_at)');
    this.addSql(`create index standby_unclaimed_index on standby (prepared_at) where state <> 'claimed'`);
  }

  override down(): void {
    this.addSql('drop index run_cleared_at_index');
    this.addSql('drop index standby_unclaimed_index');
  }
}
