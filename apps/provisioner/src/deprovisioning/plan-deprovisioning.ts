import { Inject, Injectable } from '@nestjs/common';
import type { EventData, SubscriptionCancelled } from '@latchkey/contracts';
import { enqueue } from '@latchkey/shared/jobs';
import { CONFIG, type Config } from '../config.js';
import { DeprovisionJob } from './jobs.js';

/** Decides when a tenant's resources go. */
@Injectable()
export class PlanDeprovisioning {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /** A cancelled customer may come back within the grace; a failed provisioning was undone by its own run. */
  async afterCancellation(tenantId: string, reason: EventData<typeof SubscriptionCancelled>['reason']): Promise<void> {
    if (reason === 'provisioning_failed' || reason === 'duplicate') return;
    const afterSeconds = Math.round(this.config.DEPROVISION_GRACE_DAYS * 86_400);
    enqueue(DeprovisionJob, { tenant_id: tenantId, reason: 'cancelled' }, { key: tenantId, afterSeconds });
  }

  async now(tenantId: string): Promise<void> {
    enqueue(DeprovisionJob, { tenant_id: tenantId, reason: 'erasure' }, { key: `${tenantId}:erasure` });
  }
}
