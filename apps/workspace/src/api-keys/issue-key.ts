import { em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { LockMode } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { Quota } from '../quota/quota.js';
import { Runtime } from '../runtime/runtime.entity.js';
import { ApiKey } from './api-key.entity.js';
import { answerOf, type KeyAnswer } from './find-key.js';

/** Makes a key and shows it, within the plan's number of keys. */
@Injectable()
export class IssueKey {
  constructor(
    private readonly clock: Clock,
    private readonly quota: Quota,
  ) {}

  async run(tenantId: string, name: string): Promise<KeyAnswer | 'exceeded'> {
    // The lock on the tenant's row makes counting and issuing one step, also over replicas.
    const runtime = await em().findOneOrFail(Runtime, { tenantId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    const living = await em().count(ApiKey, { tenantId, state: { $ne: 'revoked' } });
    if (living >= runtime.apiKeysMax) {
      await this.quota.tellExceeded(tenantId, 'api_keys', runtime.apiKeysMax);
      return 'exceeded';
    }
    const key = ApiKey.issue(tenantId, name, 'requested', this.clock.now());
    return answerOf(key, key.reveal());
  }
}
