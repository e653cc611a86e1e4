import { Migration } from '@mikro-orm/migrations';

/** What is looked at every minute and every hour is found without reading every tenant there ever was. */
export class Migration20261128000003_growth extends Migration {
  override up(): void {
    this.addSql(
      'create index tenant_owed_index on tenant (failed_at) where failed_at is not null and compensated_at is null',
    );
    this.addSql('create index verification_expires_at_index on verification (expires_at)');
  }

  override down(): void {
    this.addSql('drop index tenant_owed_index');
    this.addSql('drop index verification_expires_at_index');
  }
}
