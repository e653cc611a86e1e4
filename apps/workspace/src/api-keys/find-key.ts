import { ApiKeyResponse } from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { em } from '@latchkey/shared/persistence';
import { LockMode } from '@mikro-orm/core';
import type { z } from 'zod';
import { ApiKey } from './api-key.entity.js';

export type KeyAnswer = z.infer<typeof ApiKeyResponse>;

/** The tenant's living key, locked until the commit. Another tenant's key, or a revoked one, answers like none. */
export async function lockKey(tenantId: string, keyId: string): Promise<ApiKey> {
  const key = await em().findOne(
    ApiKey,
    { id: keyId, tenantId, state: { $ne: 'revoked' } },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  if (!key) throw new ProblemError('api_key_not_found');
  return key;
}

/** What may be told of a key at any time; `secret` only in the one answer that shows it. */
export function answerOf(key: ApiKey, secret?: string): KeyAnswer {
  return {
    key_id: key.id,
    name: key.name,
    prefix: key.prefix ?? null,
    state: key.state,
    created_at: key.createdAt.toISOString(),
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
    ...(secret === undefined ? {} : { key: secret }),
  };
}
