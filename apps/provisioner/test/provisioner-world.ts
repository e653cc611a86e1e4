import { CloseWorkspace, OpenWorkspace, TenantCleared, type QuestionRequest } from '@latchkey/contracts';
import { newId } from '@latchkey/shared/ids';
import type { RunningService } from '@latchkey/shared/service';
import { operatorToken, startWorld, type World } from '@latchkey/testing';
import { provisioner } from '../src/service.js';

type OpenRequest = QuestionRequest<typeof OpenWorkspace>;

/** The provisioner with the vendors' stand-ins; the workspace service is played by this spec. */
export async function startProvisionerWorld(sandboxEnv: Record<string, string> = {}) {
  const world = await startWorld({ sandbox: () => sandboxEnv });
  const workspace = {
    open: new Map<string, OpenRequest>(),
    opened: [] as string[],
    refuse: (_request: OpenRequest): boolean => false,
    refuseClose: (_tenantId: string): boolean => false,
  };
  world.answer(OpenWorkspace, (request) => {
    if (workspace.refuse(request)) throw new Error('not now');
    workspace.opened.push(request.tenant_id);
    workspace.open.set(request.tenant_id, request);
    return { first_key_id: `key_${request.tenant_id}`, opened_at: world.clock.nowIso() };
  });
  world.answer(CloseWorkspace, ({ tenant_id, epoch = 0 }) => {
    if (workspace.refuseClose(tenant_id)) throw new Error('not now');
    // As the true one: what a later try has opened is not closed by an earlier one's undo.
    if ((workspace.open.get(tenant_id)?.epoch ?? 0) <= epoch) workspace.open.delete(tenant_id);
    return { closed: true as const };
  });
  const start = (env: Record<string, string> = {}): Promise<RunningService> =>
    world.start(provisioner, {
      PINECONE_API_KEY: 'pc-test',
      PINECONE_INDEX_HOST: world.sandbox.pinecone,
      OPENAI_API_KEY: 'sk-test',
      OPENAI_BASE_URL: `${world.sandbox.openai}/v1`,
      PROVISION_RETRY_DELAYS_SECONDS: '0.2,0.2,0.2',
      ...env,
    });
  return { world, workspace, start, sim: sandboxControls(world) };
}

export const cleared = {
  plan: 'starter' as const,
  region: 'eu',
  trial_ends_at: '2026-12-07T03:00:00.000Z',
  paid_at: '2026-11-23T03:00:00.000Z',
};

export async function clear(world: World, tenantId = newId('tenant')): Promise<string> {
  await world.publish(TenantCleared, tenantId, cleared);
  return tenantId;
}

/** The sandbox's ledger and fault switches. */
function sandboxControls(world: World) {
  const call = async (path: string, init?: RequestInit) =>
    (await fetch(world.sandbox.console + path, init)).json() as Promise<Record<string, unknown>>;
  return {
    fault: (match: object, action: object) =>
      call('/_sim/faults', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ match, action }),
      }),
    clearFaults: () => fetch(`${world.sandbox.console}/_sim/faults`, { method: 'DELETE' }),
    effects: async (kind: string): Promise<{ key: string }[]> => {
      const answer = await call(`/_sim/effects?kind=${kind}&limit=10000`);
      return (answer['effects'] ?? []) as { key: string }[];
    },
    requests: async (vendor: string): Promise<{ method: string; path: string; status: number }[]> => {
      const answer = await call(`/_sim/requests?vendor=${vendor}&limit=10000`);
      return (answer['requests'] ?? []) as { method: string; path: string; status: number }[];
    },
    /** Live namespaces with their record counts, asked as a client would. */
    namespaces: async (): Promise<Record<string, { vectorCount: number }>> => {
      const answer = await fetch(`${world.sandbox.pinecone}/describe_index_stats`, {
        method: 'POST',
        headers: { 'api-key': 'pc-test', 'content-type': 'application/json', 'x-pinecone-api-version': '2026-07' },
        body: '{}',
      });
      return ((await answer.json()) as { namespaces: Record<string, { vectorCount: number }> }).namespaces;
    },
  };
}

export const operator = { headers: { authorization: `Bearer ${operatorToken}` } };
