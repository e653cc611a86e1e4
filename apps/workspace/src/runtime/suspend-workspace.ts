import { em } from '@latchkey/shared/persistence';
import { LockMode } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { Runtime, type SuspensionReason } from './runtime.entity.js';

/** Stops a tenant from asking and uploading; reading and deleting its own things stay possible. */
@Injectable()
export class SuspendWorkspace {
  async run(tenantId: string, reason: SuspensionReason): Promise<void> {
    const runtime = await em().findOne(Runtime, { tenantId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    runtime?.suspend(reason);
  }
}
