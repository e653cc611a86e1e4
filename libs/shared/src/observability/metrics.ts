import { collectDefaultMetrics, Counter, Gauge, Histogram, register } from 'prom-client';

/**
 * The kit's own metrics; a service adds its own beside its code. Names follow Prometheus' conventions: unit last,
 * counters end in `_total`. Several services may share a process in tests, hence get-or-create.
 */
function once<M>(name: string, make: () => M): M {
  return (register.getSingleMetric(name) as M | undefined) ?? make();
}

export function counter(name: string, help: string, labelNames: string[] = []): Counter {
  return once(name, () => new Counter({ name, help, labelNames }));
}

export function gauge(name: string, help: string, labelNames: string[] = []): Gauge {
  return once(name, () => new Gauge({ name, help, labelNames }));
}

export function histogram(name: string, help: string, labelNames: string[], buckets: number[]): Histogram {
  return once(name, () => new Histogram({ name, help, labelNames, buckets }));
}

/** CPU, memory, garbage collection and event loop of this process, once however many services a test starts in it. */
export function measureProcess(): void {
  if (register.getSingleMetric('process_cpu_seconds_total')) return;
  collectDefaultMetrics({ eventLoopMonitoringPrecision: 100 });
}

/**
 * Makes the series of known label values before anything happens. One that appears with its first event is no increase
 * to Prometheus, so an alert on it would miss the first.
 */
export function startAtZero(metric: Counter | Histogram, labels: Record<string, readonly string[]>): void {
  const combinations = Object.entries(labels).reduce<Record<string, string>[]>(
    (all, [name, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
  for (const combination of combinations) {
    if (metric instanceof Histogram) metric.zero(combination);
    else metric.inc(combination, 0);
  }
}

const fast = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export const httpDuration = histogram(
  'http_request_duration_seconds',
  'Time to answer a request.',
  ['service', 'method', 'route', 'status'],
  fast,
);
export const httpRequests = counter(
  'http_requests_total',
  'Requests of people and other services, probes left out, by what came of them: failed is an error of ours (5xx).',
  ['service', 'outcome'],
);
export const eventDuration = histogram(
  'event_handling_duration_seconds',
  'Time to handle one event.',
  ['service', 'type', 'outcome'],
  fast,
);
export const eventDelay = histogram(
  'event_delivery_delay_seconds',
  'From the moment a fact became true, by its owner’s clock, to its handling here.',
  ['service'],
  [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600],
);
export const eventRetries = counter(
  'event_retries_total',
  'Tries of an event after its first: redelivered by the stream (a process died or gave it back), in place (the handler failed), or given back because a newer release must handle it.',
  ['service', 'type', 'how'],
);
export const deadLetters = counter('event_dead_letters_total', 'Events given up after their last try.', [
  'service',
  'type',
]);
export const journalBatch = histogram(
  'journal_batch_duration_seconds',
  'Time to record one batch of events.',
  ['service', 'outcome'],
  fast,
);
export const journalRecorded = counter('journal_events_recorded_total', 'Events recorded.', ['service']);
/** Their label is `queue`, as in the log: Prometheus itself says `job` of every series, and would rename ours. */
export const jobDuration = histogram(
  'job_duration_seconds',
  'Time to work off one job.',
  ['service', 'queue', 'outcome'],
  fast,
);
export const deadJobs = counter('jobs_dead_total', 'Jobs given up after their last try.', ['service', 'queue']);

export const scheduledFailures = counter(
  'scheduled_job_failures_total',
  'Runs of scheduled jobs that failed; the next run does the work again.',
  ['service', 'queue'],
);
export const outboxPublished = counter('outbox_published_total', 'Events the relay has published.', ['service']);
export const relayLeader = gauge('outbox_relay_leader', '1 on the replica that publishes.', ['service']);
export const commits = counter('door_commits_total', 'Pieces of work committed by doors.', ['service', 'door']);
export const transactions = counter(
  'door_transactions_total',
  'Transactions of doors; fewer than pieces of work when these share them.',
  ['service'],
);
export const outboxRefills = counter(
  'outbox_refills_total',
  'How often the stream was not the one facts had been published to, so that all kept ones are published again.',
  ['service', 'reason'],
);
export const outboxRefillLeft = gauge(
  'outbox_refill_left_events',
  'Kept facts that are still to be published again; 0 unless the stream was lost.',
  ['service'],
);
