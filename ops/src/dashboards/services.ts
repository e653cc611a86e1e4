import { type DashboardPlan, lines, number, quantile } from './panel.js';

const people = 'route!~"/?(health/.*|metrics)"';

export const services: DashboardPlan = {
  uid: 'latchkey-services',
  title: 'Services',
  description: 'Rate, errors and duration of every service, the vendors they call, and what the processes use.',
  from: 'now-3h',
  rows: [
    {
      title: 'Requests',
      panels: [
        lines('Rate', 'reqps', 'Requests, probes left out.', [
          `sum by (service) (rate(http_request_duration_seconds_count{${people}}[$__rate_interval]))`,
          '{{service}}',
        ]),
        lines('Errors', 'percentunit', 'Requests answered with 5xx. Alert above 2 %, from 50 requests on.', [
          `sum by (service) (rate(http_requests_total{outcome="failed"}[$__rate_interval])) / sum by (service) (rate(http_requests_total[$__rate_interval]))`,
          '{{service}}',
        ]),
        lines('Duration, p95', 's', 'Time to answer, probes left out. Streams end when their reader leaves.', [
          quantile(0.95, 'http_request_duration_seconds', 'service', `{${people}}`),
          '{{service}}',
        ]),
        lines('The slowest routes, p95', 's', 'The ten routes that take longest.', [
          `topk(10, ${quantile(0.95, 'http_request_duration_seconds', 'service, route', `{${people}}`)})`,
          '{{service}} {{route}}',
        ]),
        lines('Could not be passed on', 'short', 'Requests in each interval that the gateway got no answer for.', [
          'sum by (service) (increase(gateway_upstream_failures_total[$__rate_interval]))',
          '{{service}}',
        ]),
        lines('Waiting for the hasher', 'short', 'Signups and log-ins that wait for a password to be hashed.', [
          'sum(password_hash_waiting)',
          'waiting',
        ]),
      ],
    },
    {
      title: 'Vendors',
      panels: [
        lines('Duration, p95', 's', 'Time a vendor takes to answer.', [
          quantile(0.95, 'vendor_request_duration_seconds', 'vendor'),
          '{{vendor}}',
        ]),
        lines('Calls that fail', 'percentunit', 'Of the calls made, by vendor and kind of error.', [
          'sum by (vendor, outcome) (rate(vendor_request_duration_seconds_count{outcome!="ok"}[$__rate_interval])) / on (vendor) group_left sum by (vendor) (rate(vendor_request_duration_seconds_count[$__rate_interval]))',
          '{{vendor}} {{outcome}}',
        ]),
        lines('Breakers', 'short', '0: calls pass. 1: one call tries. 2: nobody is let through. Alert at 2.', [
          'max by (vendor) (vendor_breaker_state)',
          '{{vendor}}',
        ]),
        lines(
          'Calls that were not made',
          'short',
          'Calls in each interval that a breaker refused, and times one was opened.',
          ['sum by (vendor) (increase(vendor_breaker_refused_total[$__rate_interval])) > 0', '{{vendor}} refused'],
          [
            'sum by (vendor, reason) (increase(vendor_breaker_opened_total[$__rate_interval])) > 0',
            '{{vendor}} opened: {{reason}}',
          ],
        ),
      ],
    },
    {
      title: 'Processes',
      panels: [
        number('Replicas', 'short', 'Replicas that Prometheus reaches.', ['sum(up{job!="prometheus"})', 'up']),
        number('Blind', 'short', 'Measurements that fail: their gauges show an old state. Alert above 0.', [
          'sum(measurement_up == bool 0)',
          'failing',
        ]),
        lines('CPU', 'percentunit', 'Share of one core.', [
          'sum by (job) (rate(process_cpu_seconds_total[$__rate_interval]))',
          '{{job}}',
        ]),
        lines('Memory', 'bytes', 'Resident memory of each replica.', [
          'process_resident_memory_bytes',
          '{{job}} {{instance}}',
        ]),
        lines('Event loop lag, p99', 's', 'How late Node gets to what is due. Above 0.1 s people notice.', [
          'max by (job) (nodejs_eventloop_lag_p99_seconds)',
          '{{job}}',
        ]),
        lines('Garbage collection', 'percentunit', 'Share of time spent on it.', [
          'sum by (job) (rate(nodejs_gc_duration_seconds_sum[$__rate_interval]))',
          '{{job}}',
        ]),
        lines('Refused by plan limits', 'short', 'Requests in each interval that a limit of the plan refused.', [
          'sum by (quota) (increase(workspace_quota_refusals_total[$__rate_interval]))',
          '{{quota}}',
        ]),
        lines('Reading documents, p95', 's', 'Time to read one document, by format.', [
          quantile(0.95, 'workspace_document_reading_seconds', 'format'),
          '{{format}}',
        ]),
      ],
    },
  ],
};
