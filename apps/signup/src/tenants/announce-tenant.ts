import { tenantChangedSubject } from '@latchkey/contracts';
import { Hints } from '@latchkey/shared/messaging';
import { afterCommit } from '@latchkey/shared/persistence';
import { Injectable } from '@nestjs/common';

/** Tells all replicas that a tenant's screen should look again; may be lost, and the screen then looks at its next beat. */
@Injectable()
export class AnnounceTenant {
  constructor(private readonly hints: Hints) {}

  /** Only once the change is safe: whoever looks earlier would see the old state and go back to sleep. */
  afterCommit(tenantId: string): void {
    afterCommit(() => this.hints.publish(tenantChangedSubject(tenantId), { tenant_id: tenantId }));
  }
}
