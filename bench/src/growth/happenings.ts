import {
  ActivationCompleted,
  ApiKeyIssued,
  CheckoutCompleted,
  CheckoutExpired,
  CustomerStuck,
  DocumentIndexed,
  EmailDelivered,
  EmailOpened,
  EmailSent,
  EmailVerified,
  InvoicePaid,
  ProvisioningFailed,
  QuestionAnswered,
  QuestionFailed,
  SessionStarted,
  SubscriptionCancelled,
  TenantCleared,
  TenantDeprovisioned,
  TenantExpired,
  TenantProvisioned,
  TenantSignedUp,
  WorkspaceOpened,
  type EventContract,
  type Owner,
} from '@latchkey/contracts';
import { activated, came, paid, provisioned, ways, type Way } from './people.js';

interface Happening {
  event: EventContract;
  /** Since the signup. */
  seconds: number;
  of: readonly Way[];
  data?: object;
  /** What analytics makes of it (apps/analytics/src/progress/milestones.ts); proveProgress makes sure. */
  milestones?: readonly string[];
}

const everybody = Object.keys(ways) as Way[];
const day = 86_400;
const answered: readonly Way[] = ['answered', ...activated];
const stood: readonly Way[] = ['silent', 'troubled', 'answered'];

/** What became true of them and when, in order. */
const happenings: readonly Happening[] = [
  { event: TenantSignedUp, seconds: 0, of: everybody, milestones: ['total_signups'] },
  { event: EmailSent, seconds: 1, of: everybody, data: { template: 'verification-code' } },
  { event: EmailDelivered, seconds: 2, of: everybody, data: { template: 'verification-code' } },
  { event: EmailVerified, seconds: 60, of: everybody, milestones: ['verified_email'] },
  { event: CheckoutExpired, seconds: day, of: ['expired'] },
  { event: TenantExpired, seconds: day + 1, of: ['expired'], milestones: ['expired'] },
  { event: CheckoutCompleted, seconds: 120, of: paid, milestones: ['completed_payment'] },
  { event: TenantCleared, seconds: 121, of: paid, milestones: ['cleared'] },
  { event: WorkspaceOpened, seconds: 122, of: provisioned },
  { event: ApiKeyIssued, seconds: 122, of: provisioned },
  { event: TenantProvisioned, seconds: 123, of: provisioned, milestones: ['provisioned'] },
  {
    ...{ event: ProvisioningFailed, seconds: 600, of: ['compensated'], data: { reason: 'pinecone' } },
    milestones: ['provisioning_given_up', 'provisioning_failed:pinecone'],
  },
  {
    ...{ event: SubscriptionCancelled, seconds: 610, of: ['compensated'], data: { reason: 'provisioning_failed' } },
    milestones: ['compensated', 'last_left'],
  },
  { event: EmailSent, seconds: 124, of: provisioned, data: { template: 'welcome' }, milestones: ['welcome_sent'] },
  {
    ...{ event: EmailDelivered, seconds: 125, of: provisioned, data: { template: 'welcome' } },
    milestones: ['welcome_delivered'],
  },
  {
    ...{ event: EmailOpened, seconds: 240, of: came, data: { template: 'welcome', machine: false } },
    milestones: ['welcome_opened'],
  },
  { event: SessionStarted, seconds: 300, of: came, milestones: ['logged_in', 'last_login'] },
  {
    ...{ event: QuestionFailed, seconds: 360, of: ['troubled'], data: { reason: 'openai' } },
    milestones: ['attempted_first_query', 'last_query', 'failed_query', 'question_failed:openai'],
  },
  {
    ...{ event: QuestionAnswered, seconds: 360, of: answered },
    data: { channel: 'wizard', grounded: true, cites_own_document: false },
    milestones: ['attempted_first_query', 'succeeded_first_query', 'ran_sample_query', 'last_query'],
  },
  { event: DocumentIndexed, seconds: 900, of: activated, milestones: ['uploaded_document'] },
  {
    ...{ event: QuestionAnswered, seconds: 960, of: activated },
    data: { channel: 'app', grounded: true, cites_own_document: true },
    milestones: ['last_query'],
  },
  { event: ActivationCompleted, seconds: 961, of: activated, milestones: ['completed_activation'] },
  { event: EmailSent, seconds: 962, of: activated, data: { template: 'activation-complete' } },
  { event: EmailDelivered, seconds: 963, of: activated, data: { template: 'activation-complete' } },
  { event: CustomerStuck, seconds: day + 123, of: stood, data: { rule: 'in_wizard' } },
  { event: CustomerStuck, seconds: day + 360, of: ['answered'], data: { rule: 'after_login' } },
  { event: CustomerStuck, seconds: 2 * day + 123, of: ['silent'], data: { rule: 'after_payment' } },
  {
    event: InvoicePaid,
    seconds: 14 * day,
    of: ['silent', 'troubled', 'answered', 'activated'],
    milestones: ['last_paid'],
  },
  {
    ...{ event: SubscriptionCancelled, seconds: 5 * day, of: ['cancelled'], data: { reason: 'customer' } },
    milestones: ['last_left'],
  },
  { event: TenantDeprovisioned, seconds: 12 * day, of: ['cancelled'], milestones: ['last_left'] },
];

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
const list = (texts: readonly string[]) => `array[${texts.map(quoted).join(', ')}]::text[]`;

const rows = happenings.map(({ event, seconds, of, data, milestones = [] }, number) => {
  const example = quoted(JSON.stringify({ ...event.example, ...data }));
  const hasPlan = 'plan' in event.data.shape;
  return `(${number}, ${quoted(event.owner)}, ${quoted(event.type)}, ${seconds}, ${example}::jsonb, ${hasPlan}, ${list(milestones)}, ${list(of)})`;
});

/**
 * SQL for the temporary table `fact`: what happened to the people of `person` until now ($1), of these types ($2). A fact has
 * one id in every database; ids sort by time, as those that the services make. Data is the contract's own example.
 */
export const makeFacts = `
  create temp table fact as
  select (lpad(to_hex((extract(epoch from happened_at) * 1000)::bigint), 12, '0') || substr(md5(tenant_id || h.no), 1, 20))::uuid as event_id,
    owner, type, tenant_id, happened_at as at, plan, milestones,
    case when has_plan then data || jsonb_build_object('plan', plan) else data end as data,
    'req_' || substr(md5(tenant_id || h.no), 21, 12) as correlation_id
  from (values
    ${rows.join(',\n    ')}
  ) as h(no, owner, type, seconds, data, has_plan, milestones, ways)
  join person p on p.way = any(h.ways)
  cross join lateral (select p.at + make_interval(secs => h.seconds) as happened_at) as moment
  where happened_at <= $1::timestamptz and type = any($2::text[])`;

/** All types that there are facts of, for whoever hears everything. */
export const factTypes = [...new Set(happenings.map(({ event }) => event.type))];
/** Those that a service publishes itself. */
export const typesOf = (owner: Owner) => [
  ...new Set(happenings.filter(({ event }) => event.owner === owner).map(({ event }) => event.type)),
];
