import type { Owner } from '@latchkey/contracts';
import { activated, came, isOn, paid, provisioned } from './people.js';

/** When they paid and when their workspace stood, as in happenings.ts. */
const paidAt = `at + interval '120 s'`;
const openAt = `at + interval '123 s'`;
const trialEnd = `${paidAt} + interval '14 days'`;
/** Who left is not a customer any more five days after they came. */
const hasLeft = `(way = 'cancelled' and at < now() - interval '5 days')`;
const when = (some: Parameters<typeof isOn>[0], value: string) => `case when ${isOn(some)} then ${value} end`;
const id = (prefix: string, of = '') => `'${prefix}_' || substr(md5('${prefix}${of}' || n), 1, 16)`;
/** pg-boss removes jobs six hours after they were done (libs/shared/src/jobs/jobs.ts). */
const recently = `at > now() - interval '6 hours'`;

const doneJobs = (name: string, data: string, some: Parameters<typeof isOn>[0], times = 1) => `
  insert into pgboss.job (name, data, state, retry_limit, created_on, start_after, started_on, completed_on, keep_until, dead_letter, policy,
    expire_seconds, heartbeat_seconds, deletion_seconds)
  select '${name}', ${data}, 'completed', 7, ${paidAt}, ${paidAt}, ${paidAt}, ${openAt}, now() + interval '90 days', 'dead-jobs', q.policy,
    75, 10, 21600
  from person, pgboss.queue q, generate_series(1, ${times}) where q.name = '${name}' and ${recently} and ${isOn(some)}`;

const mail = (template: string, seconds: number, some: Parameters<typeof isOn>[0]) => `
  insert into message (id, template, tenant_id, dedupe_key, fact_data, state, attempts, sendgrid_id, created_at, queued_at, claimed_at,
    sent_at, delivered_at, opened_at)
  select ${id('msg', template)}, '${template}', tenant_id, '${template}:' || tenant_id, jsonb_build_object('plan', plan), 'sent', 1,
    substr(md5('sg${template}' || n), 1, 22), sent, sent, sent, sent, sent + interval '1 s',
    case when ${isOn(came)} then sent + interval '2 minutes' end
  from person, lateral (select at + interval '${seconds} s' as sent) s where ${isOn(some)} and sent < now() order by at`;

const everybody = ['expired', ...paid] as const;

/**
 * One statement for each table a service keeps of its tenants. Nobody is under way, or a deadline would close them. What
 * `person` and `fact` are, people.ts and happenings.ts tell.
 */
export const tablesOf: Record<Owner, readonly string[]> = {
  signup: [
    `insert into tenant (id, company_name, plan, region, status, created_at, signed_up_at, email_verified_at, paid_at, cleared_at,
       trial_ends_at, generation, provisioned_at, failed_at, compensated_at, refunded_cents, provisioning_error,
       first_query_attempted_at, first_query_at, first_document_at, activation_completed_at, traceparent)
     select tenant_id, 'Company ' || n || ' Ltd', plan, 'us',
       case when way = 'expired' then 'expired' when way = 'compensated' then 'provisioning_failed' when ${hasLeft} then 'cancelled' else 'active' end,
       at, at, at + interval '60 s', ${when(paid, paidAt)}, ${when(paid, paidAt)}, ${when(paid, trialEnd)},
       case when way = 'expired' then 0 else 1 end, ${when(provisioned, openAt)},
       ${when(['compensated'], `at + interval '600 s'`)}, ${when(['compensated'], `at + interval '610 s'`)}, ${when(['compensated'], '0')},
       ${when(['compensated'], `'samples-searchable: pinecone'`)},
       ${when(came, `at + interval '360 s'`)}, ${when(['answered', ...activated], `at + interval '360 s'`)},
       ${when(activated, `at + interval '900 s'`)}, ${when(activated, `at + interval '961 s'`)},
       '00-' || md5(tenant_id) || '-' || substr(md5('span' || n), 1, 16) || '-01'
     from person order by at`,
    // Nobody can log in with this: it is the hash of nothing.
    `insert into account (id, tenant_id, email, claimed_email, password_hash, role, created_at, first_session_at)
     select ${id('user')}, tenant_id, 'person-' || n || '@existing.example', 'person-' || n || '@existing.example',
       '$argon2id$v=19$m=19456,t=2,p=1$CtAbFnnkPqPGjqnIduJOpw$GCyVGZ3+NRJ/9sbyDlxr8Zk3EPRWc3ROjhpcA9PXruo', 'admin', at,
       ${when(came, `at + interval '300 s'`)} from person order by at`,
    `insert into verification (id, tenant_id, created_at, expires_at, tries, used_at)
     select ${id('ver')}, tenant_id, at, at + interval '15 minutes', 1, at + interval '60 s' from person order by at`,
    `insert into terms_acceptance (id, tenant_id, version, accepted_at, address, user_agent)
     select ${id('terms')}, tenant_id, '2026-11-01', at, '203.0.113.' || n % 250, 'Mozilla/5.0' from person order by at`,
    `insert into signup_audit (id, at, outcome, email_hash, tenant_id, address, user_agent)
     select ${id('audit')}, at, 'accepted', md5('mail' || n), tenant_id, '203.0.113.' || n % 250, 'Mozilla/5.0' from person order by at`,
    `insert into session (id, account_id, tenant_id, created_at, expires_at, generation, rotated_at)
     select ${id('ses')}, ${id('user')}, tenant_id, at + interval '300 s', at + interval '30 days 300 s', 3, at + interval '1 hour'
     from person where ${isOn(came)} order by at`,
    `insert into rate_counter (key, used, window_ends_at) select 'signup-email:' || md5('mail' || n), 1, at + interval '1 day'
     from person where at > now() - interval '1 day'`,
  ],
  'billing-webhooks': [
    `insert into customer (tenant_id, stripe_customer_id, created_at) select tenant_id, ${id('cus')}, at from person order by at`,
    `insert into checkout (id, tenant_id, generation, plan, state, key_generation, key_since, session_id, expires_at, completed_at, checks, created_at)
     select ${id('co')}, tenant_id, 1, plan, case when way = 'expired' then 'expired' else 'completed' end, 1, at,
       'cs_test_' || md5('cs' || n) || md5('cs2' || n), at + interval '1 day', ${when(paid, paidAt)}, 1, at from person order by at`,
    // Read from Stripe a short time ago, or the daily reading of each would ask the sandbox about a subscription it does not know.
    `insert into subscription (id, tenant_id, checkout_id, plan, status, unwanted, trial_ends_at, period_ends_at, cancel_at_period_end,
       ended_at, end_reason, end_wanted, end_wanted_at, end_begun_at, revision, created_at, read_at)
     select 'sub_' || md5('sub' || n), tenant_id, ${id('co')}, plan,
       case when way = 'compensated' or ${hasLeft} then 'canceled' when ${trialEnd} > now() then 'trialing' else 'active' end, false, ${trialEnd},
       ${trialEnd} + interval '30 days', false,
       case when way = 'compensated' then at + interval '610 s' when ${hasLeft} then at + interval '5 days' end,
       case when way = 'compensated' then 'provisioning_failed' when ${hasLeft} then 'customer' end,
       ${when(['compensated'], `'provisioning_failed'`)}, ${when(['compensated'], `at + interval '600 s'`)}, ${when(['compensated'], `at + interval '600 s'`)},
       2, ${paidAt}, now() - interval '1 hour' * (n % 12)
     from person where ${isOn(paid)} order by at`,
    `insert into invoice (id, tenant_id, subscription_id, state, amount_cents, currency, attempts, created_at, paid_at)
     select ${id('in')}, tenant_id, 'sub_' || md5('sub' || n), 'paid', 4900, 'usd', 1, ${trialEnd}, ${trialEnd} + interval '1 hour'
     from person where ${isOn(['silent', 'troubled', 'answered', 'activated'])} and ${trialEnd} + interval '1 hour' < now() order by at`,
    `insert into stripe_event (id, type, api_version, facts, state, outcome, happened_at, received_at, applied_at)
     select 'evt_' || md5(type || n), type, '2026-10-28.endive', facts, state, case state when 'applied' then 'done' end, ${paidAt}, ${paidAt} + interval '50 ms',
       case state when 'applied' then ${paidAt} + interval '200 ms' end
     from person, lateral (values
       ('checkout.session.completed', 'applied', jsonb_build_object('kind', 'checkout', 'session_id', 'cs_test_' || md5('cs' || n) || md5('cs2' || n))),
       ('customer.subscription.created', 'applied', jsonb_build_object('kind', 'subscription', 'subscription_id', 'sub_' || md5('sub' || n))),
       ('invoice.paid', 'ignored', null)) as e(type, state, facts)
     where ${isOn(paid)} order by at`,
    doneJobs(
      'apply-stripe-event',
      `jsonb_build_object('event_id', 'evt_' || md5('checkout.session.completed' || n))`,
      paid,
      2,
    ),
  ],
  provisioner: [
    `insert into run (id, tenant_id, generation, state, plan, trial_ends_at, namespace, warm, steps, failures, failed_step, failure_reason,
       cleared_at, deadline_at, touched_at, finished_at)
     select ${id('run')}, tenant_id, 1, case when way = 'compensated' then 'failed' when ${hasLeft} then 'removed' else 'done' end, plan, ${trialEnd},
       'warm_' || ${id('sby')}, true, (select jsonb_agg(jsonb_build_object('name', s, 'error', null, 'state', 'done', 'attempts', 1,
         'started_at', ${paidAt}, 'finished_at', ${openAt})) from unnest(array['sample-documents', 'samples-searchable', 'open-workspace']) s),
       case when way = 'compensated' then 4 else 0 end, ${when(['compensated'], `'samples-searchable'`)}, ${when(['compensated'], `'pinecone'`)},
       ${paidAt}, ${paidAt} + interval '15 minutes', ${openAt}, ${openAt}
     from person where ${isOn(paid)} order by at`,
    `insert into standby (id, namespace, state, model, prepared_at, claimed_by)
     select ${id('sby')}, 'warm_' || ${id('sby')}, 'claimed', 'text-embedding-3-small', at, ${id('run')} from person where ${isOn(provisioned)} order by at`,
    doneJobs('advance-run', `jsonb_build_object('run_id', ${id('run')})`, paid),
  ],
  workspace: [
    `insert into runtime (tenant_id, state, plan, namespace, documents_max, queries_per_month_max, queries_per_minute_max, api_keys_max,
       chat_model, embedding_model, features_enabled, documents_used, opened_at, trial_ends_at, closed_at)
     select tenant_id, case when ${hasLeft} then 'closed' else 'open' end, plan, 'warm_' || ${id('sby')}, 1000, 10000, 60, 2, 'gpt-4o-mini',
       'text-embedding-3-small', '{basic_rag,semantic_search}', case when ${isOn(activated)} then 1 else 0 end, ${openAt}, ${trialEnd},
       case when ${hasLeft} then at + interval '5 days' end from person where ${isOn(provisioned)} order by at`,
    `insert into opening_fence (tenant_id, opened_epoch, closed_epoch) select tenant_id, 100, 0 from person where ${isOn(provisioned)} order by at`,
    `insert into quota_period (tenant_id, period_start, period_end, queries_used, embedding_tokens_used, llm_tokens_used, minute_started_at, minute_used)
     select tenant_id, ${openAt}, ${openAt} + interval '30 days', 2, 99, 530, ${openAt}, 1 from person where ${isOn(provisioned)} order by at`,
    `insert into api_key (id, tenant_id, name, cause, state, first_of_tenant, prefix, secret_hash, created_at)
     select ${id('key')}, tenant_id, 'First key', 'first', case when ${isOn(came)} then 'active' else 'unclaimed' end, tenant_id,
       ${when(came, `'sk_live_' || substr(md5('key' || n), 1, 4)`)}, ${when(came, `md5('secret' || n) || md5('secret2' || n)`)}, ${openAt}
     from person where ${isOn(provisioned)} order by at`,
    `insert into question (id, tenant_id, channel, state, period_start, asked_at, expires_at, finished_at, grounded, failure)
     select 'q_' || substr(md5('q' || k || n), 1, 16), tenant_id, case k when 1 then 'wizard' else 'app' end,
       case when way = 'troubled' then 'failed' else 'answered' end, ${openAt}, asked, asked + interval '3 minutes', asked + interval '1 s',
       case when way = 'troubled' then null else true end, case when way = 'troubled' then 'openai' end
     from person, generate_series(1, 2) k, lateral (select at + make_interval(secs => 300 * k + 60) as asked) a
     where ${isOn(came)} and (k = 1 or ${isOn(activated)}) order by at`,
    `insert into document (id, tenant_id, title, format, bytes, state, chunks_total, chunks_created, uploaded_at, finished_at, content_hash)
     select ${id('doc')}, tenant_id, 'handbook-' || n, 'txt', 312, 'indexed', 1, 1, at + interval '880 s', at + interval '900 s', md5('d' || n) || md5('e' || n)
     from person where ${isOn(activated)} order by at`,
    doneJobs('index-document', `jsonb_build_object('tenant_id', tenant_id, 'document_id', ${id('doc')})`, activated),
  ],
  notifier: [
    mail('verification-code', 1, everybody),
    mail('welcome', 124, provisioned),
    mail('activation-complete', 962, activated),
    mail('walkthrough-offer', 86_523, ['silent', 'troubled', 'answered']),
    `insert into delivery_event (message_id, kind, occurred_at, machine, received_at)
     select m.id, kind, m.sent_at + interval '1 s', false, m.sent_at + interval '2 s'
     from message m join person p using (tenant_id), unnest(array['processed', 'delivered']) kind order by m.sent_at`,
    `insert into delivery_event (message_id, kind, occurred_at, machine, received_at)
     select m.id, 'open', m.opened_at, false, m.opened_at from message m join person p using (tenant_id) where m.opened_at is not null`,
    `insert into ticket (id, kind, severity, tenant_id, text, dedupe_key, opened_at, closed_at)
     select 'tck_' || substr(md5(event_id::text), 1, 16), 'customer_stuck', 'warning', tenant_id, 'Stuck ' || (data ->> 'rule'), event_id::text, at,
       case when at < now() - interval '3 days' then at + interval '1 day' end
     from fact where type = 'analytics.customer-stuck.v1' order by at`,
    doneJobs('send-email', `jsonb_build_object('message_id', ${id('msg', 'welcome')})`, provisioned, 3),
  ],
  analytics: [
    `insert into facts.event (event_id, type, tenant_id, occurred_at, data, correlation_id, causation_id, recorded_at)
     select event_id, type, tenant_id, at, data, correlation_id, correlation_id, at + interval '100 ms' from fact order by at`,
    `insert into facts.tenant_progress (tenant_id, signed_up_at, milestones)
     select tenant_id, min(at) filter (where type = 'signup.tenant-signed-up.v1'), jsonb_object_agg(m, jsonb_build_object('event', event_id,
       'at', to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) || case m when 'total_signups' then jsonb_build_object('facts', jsonb_build_object('plan', plan)) else '{}' end
       order by at) filter (where m is not null)
     from fact left join lateral unnest(milestones) m on true group by tenant_id`,
    `insert into facts.intervention (tenant_id, rule, since, opened_at)
     select tenant_id, data ->> 'rule', at - case data ->> 'rule' when 'after_payment' then interval '2 days' else interval '1 day' end, at
     from fact where type = 'analytics.customer-stuck.v1'`,
  ],
};
