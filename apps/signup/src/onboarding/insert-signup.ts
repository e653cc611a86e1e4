import { forAll, queryWithCommit, em } from '@latchkey/shared/persistence';

/** All rows of a fresh signup. */
export interface NewSignup {
  tenant_id: string;
  company_name: string;
  plan: string;
  region: string;
  at: string;
  traceparent: string | null;
  account_id: string;
  email: string;
  password_hash: string;
  verification_id: string;
  code_expires_at: string;
  terms_id: string;
  terms_version: string;
  audit_id: string;
  email_hash: string;
  address: string;
  user_agent: string;
}

const insert = `with signup as materialized (select * from jsonb_to_recordset($1::jsonb) as s (
    tenant_id text, company_name text, plan text, region text, at timestamptz, traceparent text,
    account_id text, email text, password_hash text, verification_id text, code_expires_at timestamptz,
    terms_id text, terms_version text, audit_id text, email_hash text, address text, user_agent text)),
  tenants as (insert into tenant (id, company_name, plan, region, status, created_at, signed_up_at, generation, traceparent)
    select tenant_id, company_name, plan, region, 'pending_payment', at, at, 0, traceparent from signup),
  accounts as (insert into account (id, tenant_id, email, claimed_email, password_hash, role, created_at)
    select account_id, tenant_id, email, email, password_hash, 'admin', at from signup),
  codes as (insert into verification (id, tenant_id, created_at, expires_at, tries)
    select verification_id, tenant_id, at, code_expires_at, 0 from signup),
  terms as (insert into terms_acceptance (id, tenant_id, version, accepted_at, address, user_agent)
    select terms_id, tenant_id, terms_version, at, address, user_agent from signup)
  insert into signup_audit (id, at, outcome, email_hash, tenant_id, address, user_agent)
    select audit_id, at, 'accepted', email_hash, tenant_id, address, user_agent from signup`;

/**
 * Five rows, and those of everybody who shares the transaction, in one plain statement: signing up is what strangers do
 * most. Nobody waits for it alone; that the address was taken meanwhile is told by the statement after it.
 */
export async function insertSignup(signup: NewSignup): Promise<void> {
  await forAll('signup', signup, async (signups) => {
    await queryWithCommit(em(), insert, [JSON.stringify(signups)]);
    return signups;
  });
}
