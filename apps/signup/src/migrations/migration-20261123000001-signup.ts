import { Migration } from '@mikro-orm/migrations';

/** Accounts, tenants, codes, sessions, terms, the audit trail and the shared counters. */
export class Migration20261123000001_signup extends Migration {
  override up(): void {
    this.addSql(`create table tenant (
      id text not null primary key,
      company_name text not null,
      plan text not null,
      region text not null,
      status text not null,
      created_at timestamptz not null,
      signed_up_at timestamptz not null,
      email_verified_at timestamptz null,
      paid_at timestamptz null,
      cleared_at timestamptz null,
      trial_ends_at timestamptz null,
      provisioned_at timestamptz null,
      provisioning_error text null,
      compensated_at timestamptz null,
      refunded_cents int null,
      first_query_attempted_at timestamptz null,
      first_query_at timestamptz null,
      first_document_at timestamptz null,
      activation_completed_at timestamptz null,
      erased_at timestamptz null
    )`);
    this.addSql('create index tenant_status_index on tenant (status)');

    this.addSql(`create table account (
      id text not null primary key,
      tenant_id text not null,
      email text null,
      claimed_email text null,
      password_hash text null,
      role text not null,
      created_at timestamptz not null,
      first_session_at timestamptz null
    )`);
    this.addSql('create index account_tenant_id_index on account (tenant_id)');
    this.addSql('alter table account add constraint account_claimed_email_unique unique (claimed_email)');

    this.addSql(`create table verification (
      id text not null primary key,
      tenant_id text not null,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      tries int not null,
      used_at timestamptz null,
      replaced_at timestamptz null
    )`);
    this.addSql('create index verification_tenant_id_created_at_index on verification (tenant_id, created_at)');

    this.addSql(`create table terms_acceptance (
      id text not null primary key,
      tenant_id text not null,
      version text not null,
      accepted_at timestamptz not null,
      address text null,
      user_agent text null
    )`);
    this.addSql('create index terms_acceptance_tenant_id_index on terms_acceptance (tenant_id)');

    this.addSql(`create table signup_audit (
      id text not null primary key,
      at timestamptz not null,
      outcome text not null,
      email_hash text not null,
      tenant_id text null,
      address text null,
      user_agent text null
    )`);
    this.addSql('create index signup_audit_at_index on signup_audit (at)');
    this.addSql('create index signup_audit_email_hash_index on signup_audit (email_hash)');

    this.addSql(`create table session (
      id text not null primary key,
      account_id text not null,
      tenant_id text not null,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      generation int not null,
      rotated_at timestamptz not null,
      ended_at timestamptz null,
      ended_because text null
    )`);
    this.addSql('create index session_account_id_index on session (account_id)');
    this.addSql('create index session_tenant_id_index on session (tenant_id)');
    this.addSql('create index session_expires_at_index on session (expires_at)');

    this.addSql(`create table rate_counter (
      key text not null primary key,
      used int not null,
      window_ends_at timestamptz not null
    )`);
    this.addSql('create index rate_counter_window_ends_at_index on rate_counter (window_ends_at)');
  }

  override down(): void {
    for (const table of [
      'rate_counter',
      'session',
      'signup_audit',
      'terms_acceptance',
      'verification',
      'account',
      'tenant',
    ])
      this.addSql(`drop table ${table}`);
  }
}
