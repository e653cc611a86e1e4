import { em, sql } from '@latchkey/shared/persistence';
import { LockMode } from '@mikro-orm/core';
import { Tenant } from '../tenants/tenant.entity.js';
import { admit, type Admission, type Holder } from './admission.js';

/** Somebody else changed the email's holder between our look and our lock; look again. */
export class HolderChanged extends Error {}

/** Who holds an email, as it was when we looked. */
export interface Known {
  accountId: string;
  tenantId: string;
  email: string;
  passwordHash: string | null;
  holder: Holder;
  /** Else it is not worth a hash. */
  passwordDecides: boolean;
}

/** Plain SQL, as every stranger is looked for, and usually in vain. */
export async function findHolder(email: string): Promise<Known | null> {
  const [found] = await sql<Holder & { account_id: string; tenant_id: string; password_hash: string | null }>(
    `select a.id as account_id, a.tenant_id, a.password_hash, t.status, t.paid_at is not null as paid,
       t.email_verified_at is not null as verified, t.compensated_at is not null as compensated
     from account a join tenant t on t.id = a.tenant_id where a.claimed_email = $1`,
    [email],
  );
  if (!found) return null;
  const { account_id: accountId, tenant_id: tenantId, password_hash: passwordHash, ...holder } = found;
  const passwordDecides = admit(holder, true) !== admit(holder, false);
  return { accountId, tenantId, email, passwordHash, holder, passwordDecides };
}

function holderOf(tenant: Tenant): Holder {
  return {
    status: tenant.status,
    paid: tenant.paidAt != null,
    verified: tenant.emailVerifiedAt != null,
    compensated: tenant.compensatedAt != null,
  };
}

/** Locks the holder and decides again: a payment or a code may have arrived since we looked. */
export async function lockHolder(known: Known, expected: Admission): Promise<Tenant> {
  const tenant = await em().findOne(Tenant, { id: known.tenantId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!tenant || admit(holderOf(tenant), expected !== 'replace') !== expected) throw new HolderChanged();
  return tenant;
}

/** The update names the address, so of two successors only one finds it; the other looks again. */
export async function takeOverEmail(known: Known, admission: Admission): Promise<void> {
  const old = await lockHolder(known, admission);
  const released = await sql(
    'update account set claimed_email = null where id = $1 and claimed_email = $2 returning id',
    [known.accountId, known.email],
  );
  if (released.length === 0) throw new HolderChanged();
  if (admission === 'replace') old.expire('replaced');
}
