import { gauge, Measurements } from '@latchkey/shared/observability';
import { Door } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';
import { WatchDeliverability } from './watch-deliverability.js';

const bounceWindow = gauge('notifier_bounce_window_mails', 'Mails of the last day: sent, and bounced of these.', [
  'state',
]);
const openWindow = gauge(
  'notifier_open_window_mails',
  'Welcome mails of the last week but for its last day: delivered, and opened by a person; what only a machine opened is in neither.',
  ['state'],
);

/** Counted anew only when the last count is older than this: it reads a week of mails. */
const freshMs = 15_000;

/** The counts behind F5's two rates; the alerts make the rates, with a minimum of mails. */
@Injectable()
export class MeasureDeliverability {
  private countedAtMs = -Infinity;

  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly watchDeliverability: WatchDeliverability,
    measurements: Measurements,
  ) {
    measurements.add('deliverability', () => this.run());
  }

  private async run(): Promise<void> {
    if (this.clock.nowMs() - this.countedAtMs < freshMs) return;
    const counts = await this.door.read('measure-deliverability', () => this.watchDeliverability.count());
    bounceWindow.set({ state: 'sent' }, counts.sent);
    bounceWindow.set({ state: 'bounced' }, counts.bounced);
    openWindow.set({ state: 'delivered' }, counts.readable);
    openWindow.set({ state: 'opened' }, counts.read);
    this.countedAtMs = this.clock.nowMs();
  }
}
