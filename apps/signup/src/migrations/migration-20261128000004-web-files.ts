import { Migration } from '@mikro-orm/migrations';

/** The web application's files of this release and those before it. */
export class Migration20261128000004_web_files extends Migration {
  override up(): void {
    this.addSql(
      'create table web_file (name text primary key, content bytea not null, served_at timestamptz not null)',
    );
    this.addSql('create index web_file_served_at_index on web_file (served_at)');
  }

  override down(): void {
    this.addSql('drop table web_file');
  }
}
