import { joined, type Invariant, verdictOver } from './invariant.js';

export const nothingAcknowledgedIsLost: Invariant = {
  id: 'I-26',
  sentence: 'PostgreSQL was restarted, and nothing that had been acknowledged is lost',
  check: ({ told, tenants, documents, databaseRestarted }) => {
    const stored = new Set(documents.map(({ id }) => id));
    const strangers = databaseRestarted ? told : [];
    return joined(
      verdictOver(
        strangers.flatMap(({ tenantIds }) => tenantIds),
        (id) => (tenants.has(id) ? undefined : 'the signup was acknowledged and is not there'),
        (id) => id,
      ),
      verdictOver(
        strangers
          .filter(({ behaviour }) => behaviour !== 'erased')
          .flatMap(({ documents: ids, tenantIds }) => ids.map((id) => ({ id, tenantId: tenantIds[0] ?? null }))),
        ({ id }) => (stored.has(id) ? undefined : `document ${id} was acknowledged and is not there`),
        ({ tenantId }) => tenantId,
      ),
    );
  },
};
