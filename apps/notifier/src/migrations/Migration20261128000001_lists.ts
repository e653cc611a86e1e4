import { Migration } from '@mikro-orm/migrations';

/** Lists and rates read what is new or open, however much is behind it. */
export class Migration20261128000001_lists extends Migration {
  override up(): void {
    this.addSql('create index message_created_at_id_index on message (created_at, id)');
    this.addSql('create index ticket_open_index on ticket (opened_at, id) where closed_at is null');
  }

  override down(): void {
    this.addSql('drop index message_created_at_id_index');
    this.addSql('drop index ticket_open_index');
  }
}
