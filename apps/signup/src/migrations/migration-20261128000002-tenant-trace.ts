import { Migration } from '@mikro-orm/migrations';

/** The trace a tenant's signup began, continued when they are cleared. */
export class Migration20261128000002_tenant_trace extends Migration {
  override up(): void {
    this.addSql('alter table tenant add column traceparent text null');
  }
}
