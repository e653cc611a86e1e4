import { streamOf } from '@latchkey/contracts';
import { gauge } from '../observability/metrics.js';
import { query } from '../persistence/transaction.js';
import type { Kit } from './kit.js';

const outboxAge = gauge(
  'outbox_oldest_unpublished_seconds',
  'Age of the oldest fact that is not on the bus yet; 0 when all are.',
  ['service'],
);
const outboxWaiting = gauge('outbox_unpublished_events', 'Facts that are not on the bus yet.', ['service']);
const deadEvents = gauge('event_dead_letters_open', 'Dead letters that no operator has settled.', ['service']);
const dueJobs = gauge('jobs_due', 'Jobs that should be running and are not.', ['service', 'queue']);
const dueJobsAge = gauge('jobs_due_oldest_seconds', 'How long the longest waiting of them has been due; 0 when none.', [
  'service',
  'queue',
]);
const openDeadJobs = gauge('jobs_dead_open', 'Dead jobs that no operator has settled.', ['service']);
const natsUp = gauge(
  'nats_up',
  'connection: the service is connected. jetstream: its consumers answer. server: /healthz of NATS_MONITORING_URL says ok.',
  ['service', 'part'],
);
const consumerPending = gauge('event_consumer_pending', 'Events that wait for the consumer: its lag.', [
  'service',
  'consumer',
  'stream',
]);
const consumerUnacknowledged = gauge('event_consumer_unacknowledged', 'Events the consumer holds and works on.', [
  'service',
  'consumer',
  'stream',
]);

const natsTimeoutMs = 1_500;

interface Row {
  unpublished: number;
  oldest: string | null;
  dead_events: number;
  dead_jobs: number;
}

/** What every service has waiting somewhere: asked of its own database and of NATS at each scrape. */
export function measureKit(kit: Kit, service: string, natsMonitoringUrl: string | undefined): void {
  kit.measurements.add('outbox', async () => {
    const [row] = await query<Row>(
      kit.orm.em.fork(),
      `select (select count(*)::int from kit.outbox where published_at is null) as unpublished,
        (select occurred_at::text from kit.outbox where published_at is null order by seq limit 1) as oldest,
        (select count(*)::int from kit.dead_letter where redriven_at is null and discarded_at is null) as dead_events`,
    );
    outboxWaiting.set({ service }, row!.unpublished);
    const ageMs = row!.oldest === null ? 0 : kit.clock.nowMs() - Date.parse(row!.oldest);
    outboxAge.set({ service }, Math.max(0, ageMs / 1_000));
    deadEvents.set({ service }, row!.dead_events);
  });
  kit.measurements.add('jobs', async () => {
    const { due, dead } = await kit.jobs.backlog();
    for (const { name, jobs, oldestSeconds } of due) {
      dueJobs.set({ service, queue: name }, jobs);
      dueJobsAge.set({ service, queue: name }, oldestSeconds);
    }
    openDeadJobs.set({ service }, dead);
  });
  kit.measurements.add('nats', async () => {
    natsUp.set({ service, part: 'connection' }, kit.bus.isConnected ? 1 : 0);
    const [consumersAnswer, serverIsWell] = await Promise.all([
      measureConsumers(kit, service),
      natsMonitoringUrl === undefined ? undefined : isWell(natsMonitoringUrl),
    ]);
    natsUp.set({ service, part: 'jetstream' }, consumersAnswer ? 1 : 0);
    if (serverIsWell !== undefined) natsUp.set({ service, part: 'server' }, serverIsWell ? 1 : 0);
  });
}

/** False when NATS does not answer for one of them; that is measured, and no failure to measure. */
async function measureConsumers({ bus }: Kit, service: string): Promise<boolean> {
  if (!bus.isConnected) return false;
  const manager = await bus.manager(natsTimeoutMs);
  const answers = await Promise.allSettled(
    bus.consumers.map(async ({ owner, durable }) => {
      const labels = { service, consumer: durable, stream: streamOf(owner) };
      const info = await manager.consumers.info(labels.stream, durable);
      consumerPending.set(labels, info.num_pending);
      consumerUnacknowledged.set(labels, info.num_ack_pending);
    }),
  );
  return answers.every(({ status }) => status === 'fulfilled');
}

/**
 * The plain page is asked: it alone tells of a stream that cannot write (after a full disk, until NATS is started again);
 * the pages for probes stay well.
 */
async function isWell(monitoringUrl: string): Promise<boolean> {
  try {
    const response = await fetch(new URL('/healthz', monitoringUrl), { signal: AbortSignal.timeout(natsTimeoutMs) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
