import { Log } from '@latchkey/shared/observability';
import { Door } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Inject, Injectable } from '@nestjs/common';
import { Gauge, register } from 'prom-client';
import { CONFIG, type Config } from '../config.js';
import { MeasureFunnel, type Funnel } from '../funnel/measure-funnel.js';
import { ListStuck } from '../stuck/list-stuck.js';

const days = 30;
/** A scrape measures anew only when the last measurement is older than this ... */
const freshLeastMs = 15_000;
/** ... and than so many times as long as that took: it reads every tenant, and must not become what the database is busy with. */
const restShare = 19;

/** The gauges are the process's; they show what the service that started last in it measures. */
let refreshAll: () => Promise<void> = async () => undefined;

function observed<Label extends string = never>(name: string, help: string, labelNames: Label[] = []): Gauge<Label> {
  const known = register.getSingleMetric(name) as Gauge<Label> | undefined;
  if (known) return known;
  const gauge = new Gauge({ name, help, labelNames, collect: () => refreshAll() });
  // Prometheus' client begins with 0, which would be a false alarm until the first measurement.
  if (labelNames.length === 0) gauge.set(NaN);
  return gauge;
}

const tenants = observed('onboarding_funnel_tenants', 'Tenants of the last 30 days by stage.', ['stage']);
const dropOff = observed('onboarding_step_drop_off_rate', 'Percent of the step before who are not here.', ['stage']);
const activationRate = observed('onboarding_activation_rate', 'Percent of signups who activated (S9); NaN if too few.');
const queryFailureRate = observed('onboarding_first_query_failure_rate', 'Percent of askers without any answer (F4).');
const provisioningFailureRate = observed(
  'onboarding_provisioning_failure_rate',
  'Percent of cleared tenants whose provisioning was given up (S9); NaN if too few.',
);
const activateMinutes = observed('onboarding_time_to_activate_minutes', 'Signup to activation.', ['quantile']);
const activateClasses = observed('onboarding_time_to_activate_tenants', 'Activated tenants by how long it took (S9).', [
  'bucket',
]);
const provisionSeconds = observed('onboarding_time_to_provision_seconds', 'Cleared to open workspace.', ['quantile']);
const stuck = observed('onboarding_stuck_customers', 'Customers who need a person now.', ['list']);

/**
 * The funnel as Prometheus gauges, measured when scraped. A ratio of too few tenants is NaN, which no alert rule
 * takes for true: one failure at 3 AM is not "100 %" (FEATURES trap 14).
 */
@Injectable()
export class FunnelGauges {
  private freshUntilMs = -Infinity;
  private running: Promise<void> | undefined;

  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly measureFunnel: MeasureFunnel,
    private readonly listStuck: ListStuck,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    refreshAll = () => this.refresh();
  }

  /** Never throws: a scrape without the funnel is better than none. */
  async refresh(): Promise<void> {
    if (this.clock.nowMs() < this.freshUntilMs) return;
    this.running ??= this.measure().finally(() => (this.running = undefined));
    await this.running;
  }

  private async measure(): Promise<void> {
    const beganMs = performance.now();
    try {
      const { funnel, lists } = await this.door.read('funnel-gauges', async () => ({
        funnel: await this.measureFunnel.run(days),
        lists: await this.listStuck.count(),
      }));
      this.show(funnel);
      for (const [list, count] of Object.entries(lists)) stuck.set({ list }, count);
      const restMs = (performance.now() - beganMs) * restShare;
      this.freshUntilMs = this.clock.nowMs() + Math.max(freshLeastMs, restMs);
    } catch (error) {
      this.log.warn('The funnel could not be measured for the metrics.', { err: error });
    }
  }

  private show(funnel: Funnel): void {
    const ratio = (percent: number, of: number) => (of < this.config.METRICS_SAMPLE_MIN ? NaN : percent);
    let before = funnel.total_signups;
    for (const { stage, reached, drop_off_rate } of funnel.steps) {
      tenants.set({ stage }, reached);
      dropOff.set({ stage }, ratio(drop_off_rate, before));
      before = reached;
    }
    activationRate.set(ratio(funnel.activation_rate, funnel.total_signups));
    queryFailureRate.set(ratio(funnel.first_query_failure_rate, funnel.attempted_first_query));
    provisioningFailureRate.set(ratio(funnel.provisioning_failure_rate, funnel.cleared_for_provisioning));
    const { time_to_activate: activate, time_to_provision: provision } = funnel;
    activateMinutes.set({ quantile: '0.5' }, activate.median_minutes ?? NaN);
    activateMinutes.set({ quantile: '0.9' }, activate.p90_minutes ?? NaN);
    for (const { bucket, count } of activate.histogram) activateClasses.set({ bucket }, count);
    provisionSeconds.set({ quantile: '0.5' }, provision.median_seconds ?? NaN);
    provisionSeconds.set({ quantile: '0.99' }, provision.p99_seconds ?? NaN);
  }
}
