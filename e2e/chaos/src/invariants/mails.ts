import { tenantOf } from '../evidence.js';
import { type Invariant, verdictOver } from './invariant.js';

/** The sandbox's clock and the services' are the same machine's; what differs is rounding. */
const sameMomentMs = 5;

export const oneWelcome: Invariant = {
  id: 'I-16',
  sentence: 'At most one welcome mail per tenant, none before it is active, exactly one once it is',
  check: ({ tenants, effects, runs }) => {
    const welcomes = Map.groupBy(
      effects.filter(({ kind, detail }) => kind === 'mail.sent' && detail['template'] === 'welcome'),
      tenantOf,
    );
    return verdictOver(
      tenants.values(),
      ({ id, status }) => {
        const mails = welcomes.get(id) ?? [];
        if (mails.length > 1) return `${mails.length} welcome mails`;
        if (mails.length === 0) return status === 'active' ? 'active, and never welcomed' : undefined;
        const readyAtMs = Math.min(
          ...runs.filter((run) => run.tenant_id === id).map((run) => run.finishedAtMs ?? Number.POSITIVE_INFINITY),
        );
        const early = readyAtMs - Date.parse(mails[0]!.at);
        return early > sameMomentMs ? `welcomed ${early} ms before it was ready` : undefined;
      },
      ({ id }) => id,
    );
  },
};
