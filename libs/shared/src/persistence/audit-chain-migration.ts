import { Migration } from '@mikro-orm/migrations';

/**
 * Each row of the operators' audit carries a digest of itself and of the one before, made by the database: a row that
 * somebody with the owner's rights changed, removed or put in between is found by counting again. A tail that was cut off
 * is not: for that the head has to be noted elsewhere. Rows are written one transaction after the other, which acts of
 * people can afford.
 */
export class Migration00000000000005_audit_chain extends Migration {
  override up(): void {
    this.addSql('alter table kit.operator_audit add column position bigint, add column digest text');
    // Moments as numbers: as texts they would depend on the time zone of whoever asks.
    this.addSql(`create function kit.audit_digest(before text, act kit.operator_audit) returns text
      language sql stable as $$
        select encode(sha256(convert_to(jsonb_build_array(before, act.position, extract(epoch from act.at), act.operator,
          act.action, act.tenant_id, act.target, act.reason, act.outcome, act.request_id)::text, 'UTF8')), 'hex')
      $$`);
    this.addSql(`do $$
      declare act kit.operator_audit; last text := ''; place bigint := 0;
      begin
        for act in select * from kit.operator_audit order by id loop
          place := place + 1;
          act.position := place;
          last := kit.audit_digest(last, act);
          update kit.operator_audit set position = place, digest = last where id = act.id;
        end loop;
      end $$`);
    this.addSql('alter table kit.operator_audit alter column position set not null, alter column digest set not null');
    this.addSql('create unique index operator_audit_position on kit.operator_audit (position)');
    this.addSql(`create function kit.chain_audit() returns trigger language plpgsql as $$
      declare last record;
      begin
        perform pg_advisory_xact_lock(hashtext('kit.operator_audit'));
        select position, digest into last from kit.operator_audit order by position desc limit 1;
        new.position := coalesce(last.position, 0) + 1;
        new.digest := kit.audit_digest(coalesce(last.digest, ''), new);
        return new;
      end $$`);
    this.addSql(`create trigger chain before insert on kit.operator_audit
      for each row execute function kit.chain_audit()`);
    this.addSql(`create function kit.refuse_audit_change() returns trigger language plpgsql as $$
      begin raise exception 'The audit is only added to.' using errcode = 'insufficient_privilege'; end $$`);
    this.addSql(`create trigger refuse_change before update or delete or truncate on kit.operator_audit
      for each statement execute function kit.refuse_audit_change()`);
  }

  override down(): void {
    this.addSql('drop trigger refuse_change on kit.operator_audit');
    this.addSql('drop trigger chain on kit.operator_audit');
    this.addSql('drop function kit.refuse_audit_change()');
    this.addSql('drop function kit.chain_audit()');
    this.addSql('drop function kit.audit_digest(text, kit.operator_audit)');
    this.addSql('alter table kit.operator_audit drop column position, drop column digest');
  }
}
