import { owners } from '@latchkey/contracts';
import { readStreams } from '../bus.js';
import { joined, type Verdict, verdictOver } from '../invariants/invariant.js';
import type { Sandbox } from '../sandbox.js';
import type { System } from '../system.js';
import type { Told } from '../visitor.js';

export const powerCutSentence = 'A power cut of everything takes nothing that had been acknowledged before it';

/** What the outside had been promised when the power went. */
export interface Acknowledged {
  /** As each stranger knew it; nobody answers between the cut and the next start. */
  told: Told[];
  /** Webhooks that Stripe got a 2xx for. */
  webhooks: { event: string; type: string }[];
}

/** To be asked while everything is down. */
export async function acknowledgedSoFar(told: readonly Told[], sandbox: Sandbox): Promise<Acknowledged> {
  const webhooks = (await sandbox.webhooks()).filter(({ attempts }) =>
    attempts.some(({ status }) => status !== null && status < 300),
  );
  return { told: structuredClone([...told]), webhooks };
}

export function countPromises({ told, webhooks }: Acknowledged): number {
  const ofStranger = ({ tenantIds, verified, keys, documents }: Told) =>
    tenantIds.length + Number(verified) + keys.length + documents.length;
  return webhooks.length + told.reduce((sum, one) => sum + ofStranger(one), 0);
}

/**
 * Looked up in the databases and on the bus right after the start, before anything could be found again in a slower way: a
 * lost webhook, for instance, by the reconciler.
 */
export async function verdictOfPowerCut(system: System, { told, webhooks }: Acknowledged): Promise<Verdict> {
  const ids = told.flatMap(({ tenantIds }) => tenantIds);
  const tenants = new Map(
    (
      await system.sql<{ id: string; verified: boolean }>(
        'signup',
        'select id, email_verified_at is not null as verified from tenant where id = any($1)',
        [ids],
      )
    ).map((row) => [row.id, row.verified]),
  );
  const idsIn = async (service: 'billing-webhooks' | 'workspace', table: string) =>
    new Set((await system.sql<{ id: string }>(service, `select id from ${table}`)).map(({ id }) => id));
  const events = await idsIn('billing-webhooks', 'stripe_event');
  const documents = await idsIn('workspace', 'document');
  // Whoever asked for erasure may have lost these rightly by now.
  const staying = told.filter(({ behaviour }) => behaviour !== 'erased');
  const keys = await Promise.all(
    staying.flatMap(({ keys, tenantIds }) =>
      keys.map(async (key) => ({ tenantId: tenantIds[0] ?? null, status: await statusWith(system, key) })),
    ),
  );
  return joined(
    verdictOver(
      ids,
      (id) => (tenants.has(id) ? undefined : 'the signup was acknowledged and is not there'),
      (id) => id,
    ),
    verdictOver(
      told.filter(({ verified }) => verified),
      ({ tenantIds }) => (tenants.get(tenantIds[0]!) ? undefined : 'its code was accepted, and counts as not entered'),
      ({ tenantIds }) => tenantIds[0]!,
    ),
    verdictOver(
      webhooks,
      ({ event, type }) => (events.has(event) ? undefined : `${type} ${event} was accepted and is not stored`),
      () => null,
    ),
    verdictOver(
      staying.flatMap(({ documents: own, tenantIds }) => own.map((id) => ({ id, tenantId: tenantIds[0] ?? null }))),
      ({ id }) => (documents.has(id) ? undefined : `document ${id} was acknowledged and is not there`),
      ({ tenantId }) => tenantId,
    ),
    verdictOver(
      keys,
      ({ status }) => (status === 200 ? undefined : `its key was shown and is answered with ${status}`),
      ({ tenantId }) => tenantId,
    ),
    await publishedLiesOnTheBus(system),
  );
}

/** What the relay was acknowledged for is not published again: NATS must have it. */
async function publishedLiesOnTheBus(system: System): Promise<Verdict> {
  const published: { id: string; type: string; tenant_id: string }[] = [];
  for (const owner of owners)
    published.push(
      ...(await system.sql<(typeof published)[number]>(
        owner,
        'select id, type, tenant_id from kit.outbox where published_at is not null',
      )),
    );
  const lying = new Set((await readStreams(system.natsUrl)).map(({ id }) => id));
  return verdictOver(
    published,
    ({ id, type }) => (lying.has(id) ? undefined : `${type} ${id} was acknowledged by the bus and is not on it`),
    ({ tenant_id: tenantId }) => tenantId,
  );
}

async function statusWith(system: System, key: string): Promise<number> {
  const headers = { authorization: `Bearer ${key}` };
  for (let tries = 1; ; tries++) {
    const answer = await fetch(`${system.gateway}/v1/usage`, { headers, signal: AbortSignal.timeout(10_000) }).catch(
      () => undefined,
    );
    await answer?.body?.cancel();
    const status = answer?.status ?? 0;
    if ((status > 0 && status < 500) || tries === 5) return status;
  }
}
