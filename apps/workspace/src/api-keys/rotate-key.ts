import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';
import { ApiKey } from './api-key.entity.js';
import { answerOf, lockKey, type KeyAnswer } from './find-key.js';

/** Replaces a key: the old one is dead in the same commit in which the new one exists. */
@Injectable()
export class RotateKey {
  constructor(private readonly clock: Clock) {}

  async run(tenantId: string, keyId: string): Promise<KeyAnswer> {
    const old = await lockKey(tenantId, keyId);
    old.revoke(this.clock.now());
    const next = ApiKey.issue(tenantId, old.name, 'rotation', this.clock.now());
    return answerOf(next, next.reveal());
  }
}
