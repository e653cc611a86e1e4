import { newId } from '@latchkey/shared/ids';
import { em, forAll, queryWithCommit, sql } from '@latchkey/shared/persistence';
import { codeLifetimeMs, type IssuedCode, Verification } from '../tenants/verification.entity.js';

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

/** The newest code of a tenant, whatever became of it. Plain SQL, as everybody who verifies asks for it. */
export function latestCode(tenantId: string): Promise<IssuedCode | null> {
  return forAll('latest-code', tenantId, async (tenantIds) => {
    const rows = await sql<CodeRow & { tenant_id: string }>(
      `select v.* from unnest($1::text[]) as k (id) cross join lateral (
         select tenant_id, id, created_at, expires_at, tries, used_at is not null or replaced_at is not null as is_over
         from verification where tenant_id = k.id order by created_at desc limit 1) as v`,
      [tenantIds],
    );
    const codes = new Map(rows.map((row) => [row.tenant_id, issuedCodeOf(row)]));
    return tenantIds.map((id) => codes.get(id) ?? null);
  });
}

/** Counts a try with this code, and that it was the right one. Belongs inside a commit that locks the tenant. */
export async function countTry({ id, tries }: IssuedCode, usedAt: Date | null): Promise<void> {
  await forAll('code-tries', { id, tries: tries + 1, usedAt: usedAt?.toISOString() ?? null }, async (counted) => {
    await queryWithCommit(
      em(),
      `update verification as v set tries = k.tries, used_at = k.used_at
       from unnest($1::text[], $2::int[], $3::timestamptz[]) as k (id, tries, used_at) where v.id = k.id`,
      [counted.map((code) => code.id), counted.map((code) => code.tries), counted.map((code) => code.usedAt)],
    );
    return counted;
  });
}

/** As the driver returns it: instants are text. */
export interface CodeRow {
  id: string;
  created_at: string;
  expires_at: string;
  tries: number;
  is_over: boolean;
}

export function issuedCodeOf({ id, created_at, expires_at, tries, is_over }: CodeRow): IssuedCode {
  return { id, createdAt: new Date(created_at), expiresAt: new Date(expires_at), tries, isOver: is_over };
}
