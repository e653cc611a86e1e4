import { Migration } from '@mikro-orm/migrations';

/** The newest runs, however many are behind them. */
export class Migration20261128000001_runs_list extends Migration {
  override up(): void {
    this.addSql('create index run_cleared_at_index on run (cleared_at)');
  }

  override down(): void {
    this.addSql('drop index run_cleared_at_index');
  }
}
