import { Migration } from '@mikro-orm/migrations';

/** What operators did, in every service's database, and what the dead letters need for them to do it. */
export class Migration00000000000002_operator_audit extends Migration {
  override up(): void {
    this.addSql(`create table kit.operator_audit (
      id bigint generated always as identity primary key,
      at timestamptz not null,
      operator text not null,
      action text not null,
      tenant_id text,
      target text,
      reason text not null,
      outcome text not null,
      request_id text not null
    )`);
    this.addSql('create index operator_audit_tenant on kit.operator_audit (tenant_id, id)');
    this.addSql('alter table kit.dead_letter add column discarded_at timestamptz');
    this.addSql('create index dead_letter_tenant on kit.dead_letter (tenant_id, id)');
  }

  override down(): void {
    this.addSql('drop index kit.dead_letter_tenant');
    this.addSql('alter table kit.dead_letter drop column discarded_at');
    this.addSql('drop table kit.operator_audit');
  }
}
