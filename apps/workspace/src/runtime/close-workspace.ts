import { em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { LockMode } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { ApiKey } from '../api-keys/api-key.entity.js';
import { Document, DocumentContent } from '../documents/document.entity.js';
import { mayClose } from './opening-fence.js';
import { Runtime } from './runtime.entity.js';

/**
 * The undo of the opening, and the end of a cancelled tenant: nobody can use the runtime any more and its keys are dead.
 * Whoever closes it deletes the namespace next, so the documents' rows go too instead of promising what is gone.
 */
@Injectable()
export class CloseWorkspace {
  constructor(private readonly clock: Clock) {}

  async run(tenantId: string, epoch?: number): Promise<void> {
    if (!(await mayClose(tenantId, epoch))) return;
    const runtime = await em().findOne(Runtime, { tenantId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (!runtime || runtime.close(this.clock.now()) === 'already') return;
    const keys = await em().find(ApiKey, { tenantId, state: { $ne: 'revoked' } });
    for (const key of keys) key.revoke(this.clock.now());
    runtime.documentsUsed = 0;
    await em().nativeDelete(DocumentContent, { tenantId });
    await em().nativeDelete(Document, { tenantId });
  }
}
