import type { System } from '@latchkey/chaos/parts';

/** The funnel's numbers must not move when the service counts the journal anew: else the fill tells what no tenant is. */
export async function proveProgress(system: System): Promise<void> {
  const filled = await progress(system);
  const response = await fetch(`${system.url('analytics')}/api/analytics/rebuild`, {
    method: 'POST',
    headers: { authorization: `Bearer ${system.operatorToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ reason: 'bench: is the progress that was filled in the one that the journal tells of?' }),
  });
  if (!response.ok) throw new Error(`The rebuild was answered ${response.status}: ${await response.text()}`);
  const rebuilt = await progress(system);
  for (const [tenant, milestones] of rebuilt)
    if (filled.get(tenant) !== milestones)
      throw new Error(`${tenant} was filled in as ${filled.get(tenant)}, and the journal tells ${milestones}.`);
}

/** By tenant, in a spelling that does not depend on the order of keys. */
async function progress(system: System): Promise<Map<string, string>> {
  const rows = await system.sql<{ tenant_id: string; milestones: string }>(
    'analytics',
    'select tenant_id, milestones::text from facts.tenant_progress',
  );
  return new Map(rows.map(({ tenant_id, milestones }) => [tenant_id, milestones]));
}
