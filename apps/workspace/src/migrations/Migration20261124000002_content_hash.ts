import { Migration } from '@mikro-orm/migrations';

/** By what a repeated upload is known (documents/accept-document.ts). Documents from before have none and are nobody's repetition. */
export class Migration20261124000002_content_hash extends Migration {
  override up(): void {
    this.addSql('alter table document add column content_hash text null');
    this.addSql('create index document_tenant_id_content_hash_index on document (tenant_id, content_hash)');
  }
}
