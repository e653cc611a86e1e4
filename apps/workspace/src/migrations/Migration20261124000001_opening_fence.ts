import { Migration } from '@mikro-orm/migrations';

/** Which tries to open a workspace are over (runtime/opening-fence.ts). */
export class Migration20261124000001_opening_fence extends Migration {
  override up(): void {
    this.addSql(`create table opening_fence (
      tenant_id text not null primary key,
      opened_epoch int not null,
      closed_epoch int not null
    )`);
  }
}
