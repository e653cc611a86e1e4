import { sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';
import { at, isTestTenant } from '../progress/at.js';
import { definitions } from './definitions.js';
import { steps } from './steps.js';
import { stages } from './stages.js';

type Stage = (typeof stages)[number]['name'];
type Counts = Record<string, number>;

interface Measured {
  counts: Counts;
  paid_and_logged_in: number;
  logged_in_and_uploaded: number;
  attempted_in_vain: number;
  failure_reasons: Counts;
  missing: Counts;
  activate: { minutes: number[] | null; buckets: number[]; within_24h: number; total: number };
  provision: { seconds: number[] | null };
}

const minutes = `extract(epoch from ${at('completed_activation')} - signed_up_at) / 60`;
const bucketNames = ['<30min', '30min-2h', '2h-24h', '>24h'] as const;

/** One statement, so that all numbers are of one moment. $1: cohort's start; $2, $3: steps and the steps before them. */
const measurement = `
  with cohort as materialized (
    select milestones, signed_up_at from facts.tenant_progress where signed_up_at >= $1 and not ${isTestTenant}
  ), reached as (
    select m.key, count(*)::int as n from cohort, jsonb_each(milestones) m group by m.key
  ), activated as (
    select greatest(${minutes}, 0) as minutes from cohort where jsonb_exists(milestones, 'completed_activation')
  ), provisioned as (
    select greatest(extract(epoch from ${at('provisioned')} - ${at('cleared')}), 0) as seconds
    from cohort where jsonb_exists_all(milestones, array['provisioned', 'cleared'])
  )
  select
    (select coalesce(jsonb_object_agg(key, n), '{}') from reached) as counts,
    (select count(*)::int from cohort where jsonb_exists_all(milestones, array['completed_payment', 'logged_in'])) as paid_and_logged_in,
    (select count(*)::int from cohort where jsonb_exists_all(milestones, array['logged_in', 'uploaded_document'])) as logged_in_and_uploaded,
    (select count(*)::int from cohort where jsonb_exists(milestones, 'attempted_first_query')
       and not jsonb_exists(milestones, 'succeeded_first_query')) as attempted_in_vain,
    (select coalesce(jsonb_object_agg(reason, n), '{}') from (
       select split_part(m.key, ':', 2) as reason, count(*)::int as n from cohort, jsonb_each(milestones) m
       where m.key like 'question\\_failed:%'
         and ((m.value ->> 'at')::timestamptz < ${at('succeeded_first_query')}) is not false
       group by 1) reasons) as failure_reasons,
    (select coalesce(jsonb_object_agg(name, n), '{}') from (
       select s.name, count(*) filter (where jsonb_exists(milestones, s.previous) and not jsonb_exists(milestones, s.name))::int as n
       from cohort, unnest($2::text[], $3::text[]) as s(name, previous) group by s.name) gaps) as missing,
    (select jsonb_build_object(
       'minutes', percentile_cont(array[0.5, 0.9, 0.99]) within group (order by minutes),
       'buckets', jsonb_build_array(
         count(*) filter (where minutes < 30), count(*) filter (where minutes >= 30 and minutes < 120),
         count(*) filter (where minutes >= 120 and minutes < 1440), count(*) filter (where minutes >= 1440)),
       'within_24h', count(*) filter (where minutes < 1440), 'total', count(*)) from activated) as activate,
    (select jsonb_build_object(
       'seconds', percentile_cont(array[0.5, 0.9, 0.99]) within group (order by seconds)) from provisioned) as provision`;

/**
 * The activation funnel of the last days: S4.5's shape with F4's honesty (attempts, successes and reasons apart) and S9's
 * histogram. Percentiles are interpolated by PostgreSQL, not picked by index (FEATURES trap 9).
 */
@Injectable()
export class MeasureFunnel {
  constructor(private readonly clock: Clock) {}

  async run(days: number) {
    const since = new Date(this.clock.nowMs() - days * 86_400_000);
    const [row] = await sql<Measured>(measurement, [
      since.toISOString(),
      steps.map((step) => step.name),
      steps.map((step) => step.previous),
    ]);
    const { counts, activate, provision, missing, ...measured } = row!;
    const count = (stage: Stage): number => counts[stage] ?? 0;
    const activationRate = percent(count('completed_activation'), count('total_signups'));
    return {
      days,
      since: since.toISOString(),
      ...stageCounts(count),
      conversion_rates: {
        payment_rate: percent(count('completed_payment'), count('total_signups')),
        login_rate: percent(measured.paid_and_logged_in, count('completed_payment')),
        upload_rate: percent(measured.logged_in_and_uploaded, count('logged_in')),
        activation_rate: activationRate,
      },
      activation_rate: activationRate,
      first_query_failure_rate: percent(measured.attempted_in_vain, count('attempted_first_query')),
      failure_reasons: measured.failure_reasons,
      time_to_activate: {
        median_minutes: rounded(activate.minutes?.[0]),
        p90_minutes: rounded(activate.minutes?.[1]),
        p99_minutes: rounded(activate.minutes?.[2]),
        within_24h_percentage: percent(activate.within_24h, activate.total),
        histogram: bucketNames.map((bucket, i) => ({ bucket, count: activate.buckets[i]! })),
      },
      time_to_provision: {
        median_seconds: rounded(provision.seconds?.[0]),
        p90_seconds: rounded(provision.seconds?.[1]),
        p99_seconds: rounded(provision.seconds?.[2]),
      },
      cleared_for_provisioning: counts['cleared'] ?? 0,
      provisioning_failure_rate: percent(counts['provisioning_given_up'] ?? 0, counts['cleared'] ?? 0),
      provisioning_failures_by_reason: byReason(counts, 'provisioning_failed'),
      document_rejections_by_reason: byReason(counts, 'document_rejected'),
      steps: steps.map(({ name, previous, text }) => ({
        stage: name,
        text,
        reached: count(name),
        dropped: missing[name] ?? 0,
        drop_off_rate: percent(missing[name] ?? 0, count(previous)),
      })),
      definitions,
    };
  }
}

export type Funnel = Awaited<ReturnType<MeasureFunnel['run']>>;

function stageCounts(count: (stage: Stage) => number): Record<Stage, number> {
  return Object.fromEntries(stages.map(({ name }) => [name, count(name)])) as Record<Stage, number>;
}

/** Nobody of nobody is 0 percent, as in S4.5; the counts beside it say of how many. */
function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : rounded((part / whole) * 100)!;
}

/** Two digits; null when there is nothing to measure. */
function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value * 100) / 100;
}

function byReason(counts: Counts, milestone: string): Counts {
  const prefix = `${milestone}:`;
  const entries = Object.entries(counts).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(entries.map(([name, n]) => [name.slice(prefix.length), n]));
}
