import { gauge, Measurements } from '@latchkey/shared/observability';
import { Door, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';

const oldest = gauge(
  'onboarding_paid_unresolved_oldest_seconds',
  'How long the oldest paid tenant has been neither active nor compensated, by whose move it is.',
  ['waits_for'],
);
const waiting = gauge('onboarding_paid_unresolved', 'Paid tenants that are neither active nor compensated.', [
  'waits_for',
]);

/** Whose move it is in each state. Only the first two are ours to mend; the third is the customer's. */
const unresolved = `select case when status = 'provisioning' then 'provisioning' when status = 'provisioning_failed'
    then 'compensating' else 'verification' end as waits_for, count(*)::int as tenants,
    min(case when status = 'provisioning' then cleared_at when status = 'provisioning_failed' then coalesce(cleared_at, paid_at)
    else paid_at end)::text as since
  from tenant where paid_at is not null and (status in ('provisioning', 'pending_payment')
    or (status = 'provisioning_failed' and failed_at is not null and compensated_at is null)) group by 1`;

/** Shows who paid and waits (DESIGN rule 7), from the owner of the lifecycle: provisioner and bus may be away. */
@Injectable()
export class MeasurePaidTenants {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
    measurements: Measurements,
  ) {
    measurements.add('paid-tenants', () => this.door.read('measure-paid-tenants', () => this.run()));
  }

  private async run(): Promise<void> {
    const rows = await sql<{ waits_for: string; tenants: number; since: string }>(unresolved);
    for (const waits_for of ['provisioning', 'compensating', 'verification']) {
      const row = rows.find((candidate) => candidate.waits_for === waits_for);
      waiting.set({ waits_for }, row?.tenants ?? 0);
      oldest.set({ waits_for }, row ? Math.max(0, (this.clock.nowMs() - Date.parse(row.since)) / 1_000) : 0);
    }
  }
}
