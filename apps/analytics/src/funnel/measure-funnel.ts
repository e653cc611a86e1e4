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
  reached: Record<Stage, number>;
  missing: Counts;
  cleared: number;
  given_up: number;
  paid_and_logged_in: number;
  logged_in_and_uploaded: number;
  attempted_in_vain: number;
  /** By what failed, then by reason. */
  reasons: Record<string, Counts>;
  activate_minutes: number[] | null;
  activate_buckets: number[];
  activated_within_24h: number;
  provision_seconds: number[] | null;
}

const bucketNames = ['<30min', '30min-2h', '2h-24h', '>24h'] as const;

const has = (milestone: string) => `jsonb_exists(milestones, '${milestone}')`;
const count = (condition: string) => `count(*) filter (where ${condition})::int`;
const percentiles = (of: string) => `percentile_cont(array[0.5, 0.9, 0.99]) within group (order by ${of})`;
/** Null unless both were reached; 0 where two machines' clocks disagree about the order. */
const secondsBetween = (from: string, to: string) =>
  `case when ${has(from)} and ${has(to)} then greatest(extract(epoch from ${at(to)} - ${at(from)}), 0) end`;
const counts = (conditions: [name: string, condition: string][]) =>
  `jsonb_build_object(${conditions.map(([name, condition]) => `'${name}', ${count(condition)}`).join(', ')})`;

const cohort = `facts.tenant_progress where signed_up_at >= $1 and not ${isTestTenant}`;

/** One statement, so that all numbers are of one moment, and one pass over the tenants; a second one over who met a failure. */
const measurement = `
  select
    ${counts(stages.map(({ name }) => [name, has(name)]))} as reached,
    ${counts(steps.map(({ name, previous }) => [name, `${has(previous)} and not ${has(name)}`]))} as missing,
    ${count(has('cleared'))} as cleared,
    ${count(has('provisioning_given_up'))} as given_up,
    ${count(`${has('completed_payment')} and ${has('logged_in')}`)} as paid_and_logged_in,
    ${count(`${has('logged_in')} and ${has('uploaded_document')}`)} as logged_in_and_uploaded,
    ${count(`${has('attempted_first_query')} and not ${has('succeeded_first_query')}`)} as attempted_in_vain,
    ${percentiles('minutes')} as activate_minutes,
    jsonb_build_array(${count('minutes < 30')}, ${count('minutes >= 30 and minutes < 120')},
      ${count('minutes >= 120 and minutes < 1440')}, ${count('minutes >= 1440')}) as activate_buckets,
    ${count('minutes < 1440')} as activated_within_24h,
    ${percentiles('seconds')} as provision_seconds,
    (select coalesce(jsonb_object_agg(what, by_reason), '{}') from (
       select what, jsonb_object_agg(reason, n) as by_reason from (
         select split_part(m.key, ':', 1) as what, split_part(m.key, ':', 2) as reason, count(*)::int as n
         from (select milestones from ${cohort} and jsonb_exists_any(milestones,
                 array['provisioning_given_up', 'failed_query', 'rejected_upload'])) unlucky, jsonb_each(milestones) m
         where m.key like '%:%' and (m.key not like 'question\\_failed:%'
           or (m.value ->> 'at' < milestones -> 'succeeded_first_query' ->> 'at') is not false)
         group by 1, 2) counted group by what) grouped) as reasons
  from (
    select milestones,
      ${secondsBetween('total_signups', 'completed_activation')} / 60 as minutes,
      ${secondsBetween('cleared', 'provisioned')} as seconds
    from ${cohort} offset 0) tenants`;

/**
 * The activation funnel of the last days: S4.5's shape with F4's honesty (attempts, successes and reasons apart) and S9's
 * histogram. Percentiles are interpolated by PostgreSQL, not picked by index (FEATURES trap 9).
 */
@Injectable()
export class MeasureFunnel {
  constructor(private readonly clock: Clock) {}

  async run(days: number) {
    const since = new Date(this.clock.nowMs() - days * 86_400_000);
    const [row] = await sql<Measured>(measurement, [since.toISOString()]);
    const { reached, missing, reasons, activate_minutes, provision_seconds, ...measured } = row!;
    const activationRate = percent(reached.completed_activation, reached.total_signups);
    return {
      days,
      since: since.toISOString(),
      ...reached,
      conversion_rates: {
        payment_rate: percent(reached.completed_payment, reached.total_signups),
        login_rate: percent(measured.paid_and_logged_in, reached.completed_payment),
        upload_rate: percent(measured.logged_in_and_uploaded, reached.logged_in),
        activation_rate: activationRate,
      },
      activation_rate: activationRate,
      first_query_failure_rate: percent(measured.attempted_in_vain, reached.attempted_first_query),
      failure_reasons: reasons['question_failed'] ?? {},
      time_to_activate: {
        median_minutes: rounded(activate_minutes?.[0]),
        p90_minutes: rounded(activate_minutes?.[1]),
        p99_minutes: rounded(activate_minutes?.[2]),
        within_24h_percentage: percent(measured.activated_within_24h, reached.completed_activation),
        histogram: bucketNames.map((bucket, i) => ({ bucket, count: measured.activate_buckets[i]! })),
      },
      time_to_provision: {
        median_seconds: rounded(provision_seconds?.[0]),
        p90_seconds: rounded(provision_seconds?.[1]),
        p99_seconds: rounded(provision_seconds?.[2]),
      },
      cleared_for_provisioning: measured.cleared,
      provisioning_failure_rate: percent(measured.given_up, measured.cleared),
      provisioning_failures_by_reason: reasons['provisioning_failed'] ?? {},
      document_rejections_by_reason: reasons['document_rejected'] ?? {},
      steps: steps.map(({ name, previous, text }) => ({
        stage: name,
        text,
        reached: reached[name],
        dropped: missing[name] ?? 0,
        drop_off_rate: percent(missing[name] ?? 0, reached[previous]),
      })),
      definitions,
    };
  }
}

export type Funnel = Awaited<ReturnType<MeasureFunnel['run']>>;

/** Nobody of nobody is 0 percent, as in S4.5; the counts beside it say of how many. */
function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : rounded((part / whole) * 100)!;
}

/** Two digits; null when there is nothing to measure. */
function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value * 100) / 100;
}
