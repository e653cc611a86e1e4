import { Migration } from '@mikro-orm/migrations';

/** The people who run the house, and their log-ins to the console. */
export class Migration20261124000002_operators extends Migration {
  override up(): void {
    this.addSql(`create table operator (
      id text primary key,
      email text not null constraint operator_email_unique unique,
      password_hash text not null,
      role text not null,
      created_at timestamptz not null,
      disabled_at timestamptz null
    )`);
    this.addSql(`create table operator_session (
      id text primary key,
      operator_id text not null,
      token_hash text not null constraint operator_session_token_hash_unique unique,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      ended_at timestamptz null
    )`);
    this.addSql('create index operator_session_expires_at_index on operator_session (expires_at)');
  }

  override down(): void {
    this.addSql('drop table operator_session');
    this.addSql('drop table operator');
  }
}
