import { Migration } from '@mikro-orm/migrations';

/** The events of one tenant, for the doctor, out of all of two months. */
export class Migration20261128000001_events_of_tenant extends Migration {
  override up(): void {
    for (const fact of ['session_id', 'subscription_id'])
      this.addSql(
        `create index stripe_event_${fact}_index on stripe_event ((facts->>'${fact}')) where facts->>'${fact}' is not null`,
      );
  }

  override down(): void {
    this.addSql('drop index stripe_event_session_id_index');
    this.addSql('drop index stripe_event_subscription_id_index');
  }
}
