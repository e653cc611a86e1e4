import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';
import { lockKey } from './find-key.js';

/** Ends a key. The next request with it is refused: nothing caches keys. */
@Injectable()
export class RevokeKey {
  constructor(private readonly clock: Clock) {}

  async run(tenantId: string, keyId: string): Promise<void> {
    (await lockKey(tenantId, keyId)).revoke(this.clock.now());
  }
}
