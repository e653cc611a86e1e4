import { Migration } from '@mikro-orm/migrations';

/**
 * Partitions of the outbox are made and dropped by a function of the owner's: a service whose role owns no table can ask
 * for just that, and with no other name or range than the function makes up itself.
 *
 * It makes the partitions of the coming week and drops what is past the replay window. A partition that still holds an
 * unpublished fact is never dropped. A day that already has rows in the default partition stays there: PostgreSQL refuses
 * to carve it out in place.
 */
export class Migration00000000000004_tend_outbox extends Migration {
  override up(): void {
    this.addSql(`create function kit.tend_outbox(moment timestamptz, kept_since timestamptz, heard_since timestamptz)
      returns void language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
      declare
        day timestamptz;
        partition text;
        old record;
        is_left boolean;
      begin
        perform pg_advisory_xact_lock(hashtext('kit.outbox.partitions'));
        for day in select generate_series(date_trunc('day', moment), date_trunc('day', moment) + interval '7 days', interval '1 day') loop
          partition := 'outbox_' || to_char(day, 'YYYYMMDD');
          continue when to_regclass('kit.' || partition) is not null
            or exists (select 1 from kit.outbox_default where occurred_at >= day and occurred_at < day + interval '1 day');
          execute format('create table kit.%I partition of kit.outbox for values from (%L) to (%L)', partition, day, day + interval '1 day');
        end loop;
        for old in select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
          where i.inhparent = 'kit.outbox'::regclass and c.relname ~ '^outbox_[0-9]{8}$'
            and substring(c.relname from 8) < to_char(kept_since, 'YYYYMMDD') loop
          execute format('select exists (select 1 from kit.%I where published_at is null)', old.name) into is_left;
          if not is_left then
            execute format('drop table kit.%I', old.name);
          end if;
        end loop;
        delete from kit.outbox_default where published_at is not null and occurred_at < kept_since;
        delete from kit.inbox where received_at < heard_since;
      end $$`);
    this.addSql('revoke execute on function kit.tend_outbox from public');
  }

  override down(): void {
    this.addSql('drop function kit.tend_outbox');
  }
}
