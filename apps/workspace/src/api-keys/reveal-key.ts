import { ProblemError } from '@latchkey/shared/errors';
import { Injectable } from '@nestjs/common';
import { answerOf, lockKey, type KeyAnswer } from './find-key.js';

/** Shows a key for the first and last time. Of two who ask at once, one sees it. */
@Injectable()
export class RevealKey {
  async run(tenantId: string, keyId: string): Promise<KeyAnswer> {
    const key = await lockKey(tenantId, keyId);
    const secret = key.reveal();
    if (secret === 'already') throw new ProblemError('api_key_already_shown');
    return answerOf(key, secret);
  }
}
