import { newId } from '@latchkey/shared/ids';
import { em, sql } from '@latchkey/shared/persistence';
import { codeLifetimeMs, Verification } from '../tenants/verification.entity.js';

/** Makes the tenant's next code the only one that counts, and returns its id. Belongs inside a commit that locks the tenant. */
export async function issueCode(tenantId: string, now: Date): Promise<string> {
  await sql(
    'update verification set replaced_at = $2 where tenant_id = $1 and used_at is null and replaced_at is null',
    [tenantId, now.toISOString()],
  );
  const id = newId('ver');
  em().create(Verification, {
    id,
    tenantId,
    createdAt: now,
    expiresAt: new Date(now.getTime() + codeLifetimeMs),
    tries: 0,
  });
  return id;
}

/** The newest code of a tenant, whatever became of it. */
export function latestCode(tenantId: string): Promise<Verification | null> {
  return em().findOne(Verification, { tenantId }, { orderBy: { createdAt: 'desc' } });
}
