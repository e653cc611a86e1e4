import { em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { LockMode, type FilterQuery } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { AnnounceTenant } from './announce-tenant.js';
import { Tenant, type Outcome } from './tenant.entity.js';

/** Tenants one look changes at most for each rule; the next minute takes the rest. */
const batch = 200;

/**
 * The end of all patience (DESIGN rule 7), kept by the owner of the lifecycle: it needs neither the provisioner nor the
 * bus to be alive. A deadline passes for each state a paying tenant can be stuck in, and each leads to one outcome.
 */
@Injectable()
export class WatchPaidTenants {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly clock: Clock,
    private readonly announce: AnnounceTenant,
  ) {}

  /** Inside a commit. Whoever holds a tenant's lock is moving it right now: such a tenant is left for the next look. */
  async run(): Promise<{ delayed: number; abandoned: number; insisted: number }> {
    const { PAID_NOTICE_AFTER_SECONDS, PAID_ABANDON_AFTER_SECONDS, PAID_UNVERIFIED_AFTER_HOURS } = this.config;
    const now = this.clock.now();
    const provisioning = { status: 'provisioning' as const };
    const delayed = await this.each(
      { ...provisioning, delayToldAt: null, clearedAt: { $lt: this.ago(PAID_NOTICE_AFTER_SECONDS) } },
      (tenant) => tenant.tellDelay(tenant.givesUpAt(PAID_ABANDON_AFTER_SECONDS) ?? now, now),
    );
    const abandoned = await this.each(
      { ...provisioning, clearedAt: { $lt: this.ago(PAID_ABANDON_AFTER_SECONDS) } },
      (tenant) => tenant.abandon('deadline', now),
    );
    const unverified = await this.each(
      { status: 'pending_payment', paidAt: { $lt: this.ago(PAID_UNVERIFIED_AFTER_HOURS * 3_600) } },
      (tenant) => tenant.abandon('not_verified', now),
    );
    const insisted = await this.each(
      {
        status: 'provisioning_failed',
        compensatedAt: null,
        failedAt: { $lt: this.ago(this.config.COMPENSATION_INSIST_AFTER_SECONDS) },
      },
      (tenant) => tenant.insistOnCompensation(now),
    );
    return { delayed, abandoned: abandoned + unverified, insisted };
  }

  private async each(which: FilterQuery<Tenant>, verb: (tenant: Tenant) => Outcome): Promise<number> {
    const tenants = await em().find(Tenant, which, { limit: batch, lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE });
    for (const tenant of tenants) if (verb(tenant) === 'done') this.announce.afterCommit(tenant.id);
    return tenants.length;
  }

  private ago(seconds: number): Date {
    return new Date(this.clock.nowMs() - seconds * 1_000);
  }
}
