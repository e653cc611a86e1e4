import { sampleDocuments } from '@latchkey/contracts';
import { StripeLedger } from '../stripe-ledger.js';
import { type Invariant, verdictOver } from './invariant.js';

const sampleIds = sampleDocuments.map(({ id }) => id as string);

export const exactlyTheSamples: Invariant = {
  id: 'I-18',
  sentence: 'A ready namespace holds exactly the sample set, and otherwise only documents of its tenant',
  check: ({ tenants, runtimes, vectors, documents }) => {
    const own = Map.groupBy(documents, (document) => document.tenant_id);
    const active = [...tenants.values()].filter(({ status }) => status === 'active');
    return verdictOver(
      active,
      ({ id }) => {
        const runtime = runtimes.get(id);
        if (!runtime) return 'active without a workspace';
        const ids = vectors.get(runtime.namespace) ?? [];
        const missing = sampleIds.filter((sample) => !ids.includes(sample));
        if (missing.length > 0) return `${missing.join(', ')} missing in ${runtime.namespace}`;
        const known = new Set([...sampleIds, ...(own.get(id) ?? []).map((document) => document.id)]);
        const foreign = ids.filter((vector) => !known.has(vector.split('#')[0]!));
        return foreign.length > 0 ? `${foreign.length} vectors of nobody, such as ${foreign[0]}` : undefined;
      },
      ({ id }) => id,
    );
  },
};

export const failureLeavesNothing: Invariant = {
  id: 'I-19',
  sentence: 'A failed provisioning leaves nothing: no vectors, no live key, no open workspace, no subscription',
  check: ({ tenants, runs, runtimes, vectors, liveKeys, effects }) => {
    const ledger = new StripeLedger(effects);
    const failed = [...tenants.values()].filter(({ compensated_at: at }) => at !== null);
    return verdictOver(
      failed,
      ({ id }) => {
        const namespaces = [id, ...runs.filter((run) => run.tenant_id === id).map((run) => run.namespace)];
        const left = namespaces.reduce((sum, name) => sum + (vectors.get(name)?.length ?? 0), 0);
        if (left > 0) return `${left} vectors are left`;
        if ((liveKeys.get(id) ?? 0) > 0) return `${liveKeys.get(id)} keys still open the door`;
        const runtime = runtimes.get(id);
        if (runtime && runtime.state !== 'closed') return `its workspace is ${runtime.state}`;
        return ledger.running(id) > 0 ? 'its subscription still runs' : undefined;
      },
      ({ id }) => id,
    );
  },
};

export const nobodyIsLeftInBetween: Invariant = {
  id: 'I-20',
  sentence: 'No tenant stays half provisioned',
  check: ({ tenants }) =>
    verdictOver(
      tenants.values(),
      ({ status, compensated_at: compensated }) => {
        if (status === 'provisioning') return 'still provisioning';
        return status === 'provisioning_failed' && !compensated ? 'failed, and not compensated' : undefined;
      },
      ({ id }) => id,
    ),
};
