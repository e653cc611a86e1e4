import { Migration } from '@mikro-orm/migrations';

/** Those who paid lately are counted twice a second while strangers come in (PaidFirst); the index by status serves both. */
export class Migration20261129000001_pace extends Migration {
  override up(): void {
    this.addSql('create index tenant_status_cleared_at_index on tenant (status, cleared_at)');
    this.addSql('drop index tenant_status_index');
  }

  override down(): void {
    this.addSql('create index tenant_status_index on tenant (status)');
    this.addSql('drop index tenant_status_cleared_at_index');
  }
}
