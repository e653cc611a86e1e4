import { owners, streamOf } from '@latchkey/contracts';
import type { Evidence, OutboxRow } from '../evidence.js';
import { joined, type Invariant, verdictOver } from './invariant.js';

const allOutbox = ({ outbox }: Evidence): OutboxRow[] => [...outbox.values()].flat();

export const nothingFromARolledBackCommit: Invariant = {
  id: 'I-9',
  sentence: 'No event on the bus whose transaction was rolled back',
  check: (evidence) => {
    const committed = new Set(allOutbox(evidence).map(({ id }) => id));
    return verdictOver(
      evidence.stream,
      ({ id, type }) => (committed.has(id) ? undefined : `${type} ${id} is on the bus and in no outbox`),
      ({ tenantId }) => tenantId,
    );
  },
};

export const everyEventReachesEverybody: Invariant = {
  id: 'I-10',
  sentence: 'Every committed event is published and takes its effect at each subscriber, once',
  check: (evidence) => {
    const { listens, taken, deadLetters } = evidence;
    const buried = new Map(deadLetters.map((letter) => [`${letter.service} ${letter.event_id}`, letter.reason]));
    const deliveries = allOutbox(evidence).flatMap((row) =>
      owners
        .filter((service) => service === 'analytics' || listens.get(service)!.has(row.type))
        .map((service) => ({ row, service })),
    );
    return joined(
      verdictOver(
        allOutbox(evidence),
        ({ id, type, published }) => (published ? undefined : `${type} ${id} was never published`),
        ({ tenant_id: tenantId }) => tenantId,
      ),
      verdictOver(
        deliveries,
        ({ row, service }) => {
          const reason = buried.get(`${service} ${row.id}`);
          if (reason !== undefined) return `${row.type} ${row.id} is a dead letter of ${service}: ${reason}`;
          return taken.get(service)!.has(row.id) ? undefined : `${row.type} ${row.id} never reached ${service}`;
        },
        ({ row }) => row.tenant_id,
      ),
    );
  },
};

export const eventsKeepTheirOrder: Invariant = {
  id: 'I-11',
  sentence:
    'The events of one tenant (of one mail, where mails are told of) lie on the bus in the order of their commits',
  check: ({ outbox, stream }) => {
    const pairs = [...outbox].flatMap(([owner, rows]) => {
      const places = new Map<string, number>();
      for (const { stream: name, id, seq } of stream)
        if (name === streamOf(owner) && !places.has(id)) places.set(id, seq);
      // A place in the outbox is drawn before the commit: it tells the order of those only that a row's lock has ordered.
      const lanes = Map.groupBy(rows, (row) => `${row.tenant_id} ${row.message_id ?? ''}`);
      return [...lanes.values()].flatMap((own) => {
        const lying = own.filter(({ id }) => places.has(id)).sort((one, other) => one.seq - other.seq);
        return lying.slice(1).map((row, index) => ({ tenantId: row.tenant_id, before: lying[index]!, row, places }));
      });
    });
    return verdictOver(
      pairs,
      ({ before, row, places }) =>
        places.get(before.id)! < places.get(row.id)! ? undefined : `${row.type} overtook ${before.type}`,
      ({ tenantId }) => tenantId,
    );
  },
};

export const aLostBusIsFilledAgain: Invariant = {
  id: 'I-13',
  sentence: 'After the whole bus was lost, the outboxes have filled it again',
  check: (evidence) => {
    const lying = new Set(evidence.stream.map(({ id }) => id));
    return verdictOver(
      evidence.busWiped ? allOutbox(evidence) : [],
      ({ id, type }) => (lying.has(id) ? undefined : `${type} ${id} is in an outbox and not on the bus`),
      ({ tenant_id: tenantId }) => tenantId,
    );
  },
};
