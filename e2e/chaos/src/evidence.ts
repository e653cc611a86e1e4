import { owners, type Owner } from '@latchkey/contracts';
import { declaredCrashPoints } from '@latchkey/shared/crash';
import { readStreams, type StoredEvent } from './bus.js';
import { listVectors } from './pinecone-look.js';
import type { Effect, Sandbox, WebhookDelivery } from './sandbox.js';
import type { System } from './system.js';
import type { Told } from './visitor.js';

export interface TenantRow {
  id: string;
  status: string;
  email_verified_at: string | null;
  paid_at: string | null;
  compensated_at: string | null;
}

export interface OutboxRow {
  id: string;
  seq: number;
  type: string;
  tenant_id: string;
  /** Of the notifier's facts: two mails to one tenant have no order between them. */
  message_id: string | null;
  published: boolean;
}

/**
 * Everything the checkers may look at, read once when nothing is in flight any more: the vendors' ledgers, every service's
 * own database and the streams. Only of this run's tenants.
 */
export interface Evidence {
  told: Told[];
  tenants: Map<string, TenantRow>;
  effects: Effect[];
  webhooks: WebhookDelivery[];
  stripeEvents: Map<string, string>;
  checkouts: { tenant_id: string; session_id: string | null; state: string }[];
  subscriptions: { id: string; tenant_id: string; ended: boolean }[];
  runs: { tenant_id: string; state: string; namespace: string; finishedAtMs: number | null }[];
  runtimes: Map<string, { state: string; namespace: string }>;
  liveKeys: Map<string, number>;
  documents: { id: string; tenant_id: string }[];
  tickets: { tenant_id: string; kind: string }[];
  outbox: Map<Owner, OutboxRow[]>;
  /** What each service listens to, as it declared it itself at its start. */
  listens: Map<Owner, Set<string>>;
  /** Events each service has taken: its inbox, and for analytics its journal. */
  taken: Map<Owner, Set<string>>;
  deadLetters: { service: Owner; event_id: string; tenant_id: string; reason: string }[];
  stream: StoredEvent[];
  /** By namespace, only of those that this run's tenants have or had. */
  vectors: Map<string, string[]>;
  busWiped: boolean;
  databaseRestarted: boolean;
}

export interface RunFacts {
  run: string;
  told: Told[];
  busWiped: boolean;
  databaseRestarted: boolean;
}

export async function gatherEvidence(system: System, sandbox: Sandbox, facts: RunFacts): Promise<Evidence> {
  const tenants = await tenantsOf(system, facts);
  const ids = [...tenants.keys()];
  const mine = new Set(ids);
  const byTenant = <Row>(service: Owner, columns: string, table: string) =>
    system.sql<Row>(service, `select ${columns} from ${table} where tenant_id = any($1)`, [ids]);

  const runs = await byTenant<Evidence['runs'][number] & { finished_at: Date | null }>(
    'provisioner',
    'tenant_id, state, namespace, finished_at',
    'run',
  );
  const namespaces = new Set([...ids, ...runs.map((run) => run.namespace)]);
  const [effects, webhooks, stripeEvents, runtimes, keys, analytics] = await Promise.all([
    sandbox.effects(),
    sandbox.webhooks(),
    system.sql<{ id: string; state: string }>('billing-webhooks', 'select id, state from stripe_event'),
    byTenant<{ tenant_id: string; state: string; namespace: string }>(
      'workspace',
      'tenant_id, state, namespace',
      'runtime',
    ),
    system.sql<{ tenant_id: string; count: number }>(
      'workspace',
      `select tenant_id, count(*)::int as count from api_key where state <> 'revoked' and tenant_id = any($1) group by 1`,
      [ids],
    ),
    system.sql<{ id: string }>('analytics', 'select event_id as id from facts.event where tenant_id = any($1)', [ids]),
  ]);

  const outbox = new Map<Owner, OutboxRow[]>();
  const taken = new Map<Owner, Set<string>>();
  const listens = new Map<Owner, Set<string>>();
  const deadLetters: Evidence['deadLetters'] = [];
  for (const owner of owners) {
    const columns = `id, seq::int as seq, type, tenant_id, data->>'message_id' as message_id, published_at is not null as published`;
    outbox.set(owner, await byTenant<OutboxRow>(owner, columns, 'kit.outbox'));
    const inbox = await system.sql<{ id: string }>(owner, 'select event_id as id from kit.inbox');
    taken.set(owner, new Set(inbox.map((row) => row.id)));
    listens.set(owner, listenedTo(declaredCrashPoints(system.crashDir, owner)));
    const letters = await byTenant<{ event_id: string; tenant_id: string; reason: string }>(
      owner,
      'event_id, tenant_id, reason',
      'kit.dead_letter',
    );
    deadLetters.push(...letters.map((letter) => ({ ...letter, service: owner })));
  }
  taken.set('analytics', new Set(analytics.map((row) => row.id)));

  const secrets = system.secrets;
  return {
    told: facts.told,
    tenants,
    effects: effects.filter((effect) => mine.has(tenantOf(effect)) || namespaces.has(effect.key)),
    webhooks,
    stripeEvents: new Map(stripeEvents.map((row) => [row.id, row.state])),
    checkouts: await byTenant('billing-webhooks', 'tenant_id, session_id, state', 'checkout'),
    subscriptions: await byTenant('billing-webhooks', 'id, tenant_id, ended_at is not null as ended', 'subscription'),
    runs: runs.map(({ finished_at: at, ...run }) => ({ ...run, finishedAtMs: at?.getTime() ?? null })),
    runtimes: new Map(runtimes.map((row) => [row.tenant_id, row])),
    liveKeys: new Map(keys.map((row) => [row.tenant_id, row.count])),
    documents: await byTenant('workspace', 'id, tenant_id', 'document'),
    tickets: await byTenant('notifier', 'tenant_id, kind', 'ticket'),
    outbox,
    listens,
    taken,
    deadLetters,
    stream: (await readStreams(system.natsUrl)).filter((event) => mine.has(event.tenantId)),
    vectors: await listVectors(system.url('pinecone'), secrets['pineconeApiKey']!, namespaces),
    busWiped: facts.busWiped,
    databaseRestarted: facts.databaseRestarted,
  };
}

/** By address, because a signup whose answer was lost has a tenant nobody was told of; erased ones have no address left. */
async function tenantsOf(system: System, { run, told }: RunFacts): Promise<Map<string, TenantRow>> {
  const rows = await system.sql<TenantRow>(
    'signup',
    `select id, status, email_verified_at, paid_at, compensated_at from tenant
     where id = any($1) or id in (select tenant_id from account where email like $2)`,
    [told.flatMap((one) => one.tenantIds), `stranger-${run}-%`],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** Stripe's things and namespaces carry the tenant as their key, mails in their detail. */
export function tenantOf(effect: Effect): string {
  return effect.kind.startsWith('mail.') ? String(effect.detail['tenant_id']) : effect.key;
}

function listenedTo(points: readonly string[]): Set<string> {
  const pattern = /^event\.(.+)\.before-ack$/;
  return new Set(points.flatMap((point) => pattern.exec(point)?.[1] ?? []));
}
