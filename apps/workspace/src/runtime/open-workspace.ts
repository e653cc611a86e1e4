import { OpenWorkspace as Question, type QuestionReply, type QuestionRequest } from '@latchkey/contracts';
import { em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { LockMode } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { ApiKey } from '../api-keys/api-key.entity.js';
import { QuotaPeriod } from '../quota/quota-period.entity.js';
import { passToOpen } from './opening-fence.js';
import { Runtime } from './runtime.entity.js';

/** Opens a tenant's workspace (S4.3): limits, first quota period and first key in one commit, once however often asked. */
@Injectable()
export class OpenWorkspace {
  constructor(private readonly clock: Clock) {}

  async run(request: QuestionRequest<typeof Question>): Promise<QuestionReply<typeof Question>> {
    const { tenant_id: tenantId, plan, namespace } = request;
    const grant = { plan, namespace, trialEndsAt: request.trial_ends_at ? new Date(request.trial_ends_at) : null };
    const passage = await passToOpen(tenantId, request.epoch);
    if (passage === 'closed') throw new Error('This try to open the workspace was undone already; it comes too late.');
    let runtime =
      passage === 'first' ? null : await em().findOne(Runtime, { tenantId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (runtime?.state === 'erased') throw new Error('An erased tenant’s workspace cannot be opened again.');
    if (runtime && runtime.state !== 'closed') {
      const first = await em().findOne(ApiKey, { tenantId, cause: 'first' }, { orderBy: { createdAt: 'desc' } });
      return { first_key_id: first?.id ?? '', opened_at: runtime.openedAt.toISOString() };
    }
    const now = this.clock.now();
    if (runtime) await QuotaPeriod.endAll(tenantId, now);
    runtime ??= Runtime.prepare(tenantId, grant, now);
    runtime.open(grant, now);
    QuotaPeriod.begin(tenantId, now);
    const key = ApiKey.issue(tenantId, 'First key', 'first', now);
    return { first_key_id: key.id, opened_at: now.toISOString() };
  }
}
