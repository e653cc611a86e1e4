import { ApiKeyIssued } from '@latchkey/contracts';
import { sha256Hex } from '@latchkey/shared/crypto';
import { newId } from '@latchkey/shared/ids';
import { em, record } from '@latchkey/shared/persistence';
import { defineEntity, p } from '@mikro-orm/core';
import { displayPrefixOf, newSecret } from './secret.js';

export type KeyCause = 'first' | 'requested' | 'rotation';
export type KeyState = 'unclaimed' | 'active' | 'revoked';

const ApiKeySchema = defineEntity({
  name: 'ApiKey',
  tableName: 'api_key',
  properties: {
    id: p.text().primary(),
    tenantId: p.text().index(),
    name: p.text(),
    cause: p.text().$type<KeyCause>(),
    state: p.text().$type<KeyState>(),
    /** The tenant's id while this is its living first key: unique, so that opening twice never makes two. */
    firstOfTenant: p.text().unique().nullable(),
    prefix: p.text().nullable(),
    secretHash: p.text().unique().nullable(),
    createdAt: p.datetime(),
    lastUsedAt: p.datetime().nullable(),
    revokedAt: p.datetime().nullable(),
  },
});

/**
 * A key of a tenant. Its secret is made at the moment it is shown, and only the hash is kept: until then there is
 * nothing that could leak (FEATURES section 5, trap 7).
 */
export class ApiKey extends ApiKeySchema.class {
  static issue(tenantId: string, name: string, cause: KeyCause, now: Date): ApiKey {
    const key = em().create(ApiKey, {
      id: newId('key'),
      tenantId,
      name,
      cause,
      state: 'unclaimed',
      firstOfTenant: cause === 'first' ? tenantId : null,
      createdAt: now,
    });
    record(ApiKeyIssued, tenantId, { key_id: key.id, cause });
    return key;
  }

  /** Makes the secret and returns it, the only time there is one to return. */
  reveal(): string | 'already' {
    if (this.state !== 'unclaimed') return 'already';
    const secret = newSecret();
    this.prefix = displayPrefixOf(secret);
    this.secretHash = sha256Hex(secret);
    this.state = 'active';
    return secret;
  }

  revoke(now: Date): 'revoked' | 'already' {
    if (this.state === 'revoked') return 'already';
    this.state = 'revoked';
    this.secretHash = null;
    this.firstOfTenant = null;
    this.revokedAt = now;
    return 'revoked';
  }
}
ApiKeySchema.setClass(ApiKey);
