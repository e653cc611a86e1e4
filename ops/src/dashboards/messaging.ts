import { type DashboardPlan, lines, number, quantile } from './panel.js';

export const messaging: DashboardPlan = {
  uid: 'latchkey-messaging',
  title: 'Messaging',
  description:
    'Facts on their way between the services, and due work: what waits, what is repeated, what was given up.',
  from: 'now-3h',
  rows: [
    {
      title: 'Now',
      panels: [
        number('NATS', 'short', '1 when every service is connected, gets answers and the server is well.', [
          'min(nats_up)',
          'up',
        ]),
        number('Oldest unpublished fact', 's', 'The oldest fact in any outbox. Alert above 30 s.', [
          'max(outbox_oldest_unpublished_seconds)',
          'oldest',
        ]),
        number('Dead letters', 'short', 'Events and jobs that wait for an operator. Alert above 0.', [
          'sum(max by (service) (event_dead_letters_open + jobs_dead_open))',
          'open',
        ]),
        number('Largest lag', 'short', 'Events that wait for one consumer. Alert above 100 for 5 minutes.', [
          'max(event_consumer_pending + event_consumer_unacknowledged)',
          'events',
        ]),
        number('Latest job', 's', 'How long the longest waiting job has been due. Alert above a minute.', [
          'max(jobs_due_oldest_seconds)',
          'oldest',
        ]),
        number('Relays', 'short', 'Outboxes with a leader: one of each service.', [
          'sum(max by (service) (outbox_relay_leader))',
          'leaders',
        ]),
      ],
    },
    {
      title: 'Outboxes',
      panels: [
        lines('Unpublished facts', 'short', 'Facts that are not on the bus yet.', [
          'max by (service) (outbox_unpublished_events)',
          '{{service}}',
        ]),
        lines('Age of the oldest', 's', 'How long the oldest of them has waited.', [
          'max by (service) (outbox_oldest_unpublished_seconds)',
          '{{service}}',
        ]),
        lines('Published', 'ops', 'Facts that reached the bus.', [
          'sum by (service) (rate(outbox_published_total[$__rate_interval]))',
          '{{service}}',
        ]),
        lines(
          'Published again',
          'short',
          'Kept facts that are still to be published again: above 0 only after a stream was lost.',
          ['max by (service) (outbox_refill_left_events)', '{{service}}'],
        ),
      ],
    },
    {
      title: 'Consumers',
      panels: [
        lines('Waiting', 'short', 'Events of a stream that wait for a consumer.', [
          'max by (consumer, stream) (event_consumer_pending)',
          '{{consumer}} of {{stream}}',
        ]),
        lines('Held', 'short', 'Events a consumer works on or tries again.', [
          'max by (consumer, stream) (event_consumer_unacknowledged)',
          '{{consumer}} of {{stream}}',
        ]),
        lines('Delay, p95', 's', 'From the moment a fact became true to its handling.', [
          quantile(0.95, 'event_delivery_delay_seconds', 'service'),
          '{{service}}',
        ]),
        lines('Handling, p95', 's', 'Time to handle one event.', [
          quantile(0.95, 'event_handling_duration_seconds', 'service'),
          '{{service}}',
        ]),
        lines('Tries after the first', 'short', 'In each interval: redelivered after a crash, or in place.', [
          'sum by (service, type, how) (increase(event_retries_total[$__rate_interval])) > 0',
          '{{service}} {{type}} {{how}}',
        ]),
        lines(
          'Given up',
          'short',
          'Events and jobs that became dead letters in each interval.',
          ['sum by (service, type) (increase(event_dead_letters_total[$__rate_interval])) > 0', '{{service}} {{type}}'],
          ['sum by (service, queue) (increase(jobs_dead_total[$__rate_interval])) > 0', '{{service}} {{queue}}'],
        ),
        lines('The journal’s batches, p95', 's', 'Time analytics takes to record one batch of events.', [
          quantile(0.95, 'journal_batch_duration_seconds', 'service'),
          '{{service}}',
        ]),
        lines('Recorded', 'ops', 'Events analytics has recorded.', [
          'sum by (service) (rate(journal_events_recorded_total[$__rate_interval]))',
          '{{service}}',
        ]),
      ],
    },
    {
      title: 'Jobs',
      panels: [
        lines('Due', 'short', 'Jobs that should be running and are not.', [
          'max by (service, queue) (jobs_due) > 0',
          '{{service}} {{queue}}',
        ]),
        lines('Jobs, p95', 's', 'Time to work off one job.', [
          quantile(0.95, 'job_duration_seconds', 'service, queue'),
          '{{service}} {{queue}}',
        ]),
        lines('Jobs that fail', 'short', 'Tries that failed in each interval.', [
          'sum by (service, queue) (increase(job_duration_seconds_count{outcome="failed"}[$__rate_interval])) > 0',
          '{{service}} {{queue}}',
        ]),
        lines('Commits', 'ops', 'Transactions by service: one for each door that was passed.', [
          'sum by (service) (rate(door_commits_total[$__rate_interval]))',
          '{{service}}',
        ]),
      ],
    },
  ],
};
