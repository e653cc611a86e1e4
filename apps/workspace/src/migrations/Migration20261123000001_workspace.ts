import { Migration } from '@mikro-orm/migrations';

/** Runtimes, quota periods, keys, questions and documents. */
export class Migration20261123000001_workspace extends Migration {
  override up(): void {
    this.addSql(`create table runtime (
      tenant_id text not null primary key,
      state text not null,
      suspended_for text null,
      plan text not null,
      namespace text not null,
      documents_max int not null,
      queries_per_month_max int not null,
      queries_per_minute_max int not null,
      api_keys_max int not null,
      chat_model text not null,
      embedding_model text not null,
      features_enabled text[] not null,
      documents_used int not null default 0,
      opened_at timestamptz not null,
      trial_ends_at timestamptz null,
      closed_at timestamptz null
    )`);

    this.addSql(`create table quota_period (
      tenant_id text not null,
      period_start timestamptz not null,
      period_end timestamptz not null,
      queries_used int not null default 0,
      embedding_tokens_used bigint not null default 0,
      llm_tokens_used bigint not null default 0,
      minute_started_at timestamptz not null,
      minute_used int not null default 0,
      queries_exceeded_at timestamptz null,
      documents_exceeded_at timestamptz null,
      api_keys_exceeded_at timestamptz null,
      primary key (tenant_id, period_start)
    )`);

    this.addSql(`create table api_key (
      id text not null primary key,
      tenant_id text not null,
      name text not null,
      cause text not null,
      state text not null,
      first_of_tenant text null,
      prefix text null,
      secret_hash text null,
      created_at timestamptz not null,
      last_used_at timestamptz null,
      revoked_at timestamptz null
    )`);
    this.addSql('create index api_key_tenant_id_index on api_key (tenant_id)');
    this.addSql('alter table api_key add constraint api_key_first_of_tenant_unique unique (first_of_tenant)');
    this.addSql('alter table api_key add constraint api_key_secret_hash_unique unique (secret_hash)');

    this.addSql(`create table question (
      id text not null primary key,
      tenant_id text not null,
      channel text not null,
      state text not null,
      period_start timestamptz not null,
      asked_at timestamptz not null,
      expires_at timestamptz not null,
      finished_at timestamptz null,
      grounded boolean null,
      failure text null
    )`);
    this.addSql('create index question_tenant_id_index on question (tenant_id)');
    this.addSql('create index question_state_expires_at_index on question (state, expires_at)');

    this.addSql(`create table document (
      id text not null primary key,
      tenant_id text not null,
      title text not null,
      format text not null,
      bytes int not null,
      state text not null,
      chunks_total int null,
      chunks_created int not null default 0,
      rejected_for text null,
      uploaded_at timestamptz not null,
      finished_at timestamptz null
    )`);
    this.addSql('create index document_tenant_id_uploaded_at_index on document (tenant_id, uploaded_at)');
    this.addSql('create index document_state_uploaded_at_index on document (state, uploaded_at)');

    this.addSql(`create table document_content (
      document_id text not null primary key,
      tenant_id text not null,
      content bytea not null
    )`);
    this.addSql('create index document_content_tenant_id_index on document_content (tenant_id)');
  }

  override down(): void {
    for (const table of ['document_content', 'document', 'question', 'api_key', 'quota_period', 'runtime']) {
      this.addSql(`drop table ${table}`);
    }
  }
}
