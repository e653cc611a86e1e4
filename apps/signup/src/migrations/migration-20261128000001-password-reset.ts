import { Migration } from '@mikro-orm/migrations';

/** Links for a new password. */
export class Migration20261128000001_password_reset extends Migration {
  override up(): void {
    this.addSql(`create table password_reset (
      id text primary key,
      account_id text not null,
      tenant_id text not null,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      used_at timestamptz null,
      replaced_at timestamptz null
    )`);
    this.addSql('create index password_reset_account_id_index on password_reset (account_id)');
    this.addSql('create index password_reset_tenant_id_index on password_reset (tenant_id)');
    this.addSql('create index password_reset_expires_at_index on password_reset (expires_at)');
  }

  override down(): void {
    this.addSql('drop table password_reset');
  }
}
