import { Injectable } from '@nestjs/common';
import { register } from 'prom-client';
import type { Log } from './logger.js';
import { gauge } from './metrics.js';

const measurementUp = gauge(
  'measurement_up',
  '1 when what is measured at a scrape could be measured; at 0 its gauges show an old state.',
  ['service', 'what'],
);

/** Prometheus gives up after 10 s; whatever takes longer than this is shown as it was. */
const deadlineMs = 3_000;

/** Every service of this process: in production one. */
const everywhere = new Set<Measurements>();

interface Measurement {
  work: () => Promise<void>;
  /** Two scrapers at once share one look. */
  running?: Promise<void> | undefined;
  failing?: boolean;
}

/**
 * What is looked up when Prometheus asks, and not when something happens: states of the database and the bus. Every
 * replica measures the same, so alerts take the largest; a gauge that only the replica of a cron job sets would keep
 * its last value when another replica does the job.
 */
@Injectable()
export class Measurements {
  private readonly all = new Map<string, Measurement>();

  constructor(
    private readonly service: string,
    private readonly log: Log,
  ) {
    everywhere.add(this);
  }

  /** `work` sets its gauges; when it throws, `measurement_up` says so and they keep their values. */
  add(what: string, work: () => Promise<void>): void {
    this.all.set(what, { work });
  }

  async measure(): Promise<void> {
    let alarm: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      alarm = setTimeout(resolve, deadlineMs);
    });
    const one = (what: string, measurement: Measurement) => {
      measurement.running ??= this.run(what, measurement).finally(() => (measurement.running = undefined));
      return measurement.running;
    };
    await Promise.race([Promise.all([...this.all].map(([what, measurement]) => one(what, measurement))), deadline]);
    clearTimeout(alarm);
    for (const [what, { running }] of this.all) if (running) measurementUp.set({ service: this.service, what }, 0);
  }

  close(): void {
    everywhere.delete(this);
  }

  private async run(what: string, measurement: Measurement): Promise<void> {
    const { service } = this;
    try {
      await measurement.work();
      measurementUp.set({ service, what }, 1);
      measurement.failing = false;
    } catch (error) {
      measurementUp.set({ service, what }, 0);
      if (!measurement.failing) this.log.warn('Something could not be measured for the metrics.', { what, err: error });
      measurement.failing = true;
    }
  }
}

/** What a scrape is answered with. Never throws: a scrape without one measurement is better than none. */
export async function metricsText(): Promise<string> {
  await Promise.all([...everywhere].map((measurements) => measurements.measure()));
  return register.metrics();
}
