import { Migration } from '@mikro-orm/migrations';

/** Decisions against a tenant, runs that wait for a supplier, and undoing that is tried until it works. */
export class Migration20261124000001_abandonment extends Migration {
  override up(): void {
    this.addSql(`alter table run
      add column abandoned_because text null,
      add column waits_for text null,
      add column waits int not null default 0,
      add column turns int not null default 0,
      add column undo_failures int not null default 0`);
    this.addSql(`create table abandonment (
      tenant_id text not null primary key,
      through_generation int not null,
      because text not null,
      decided_at timestamptz(3) not null
    )`);
  }
}
