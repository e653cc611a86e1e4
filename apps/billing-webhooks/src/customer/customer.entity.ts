import { defineEntity, LockMode, p } from '@mikro-orm/core';
import { em, sql } from '@latchkey/shared/persistence';

const CustomerSchema = defineEntity({
  name: 'Customer',
  tableName: 'customer',
  properties: {
    tenantId: p.text().primary(),
    stripeCustomerId: p.text().nullable().unique(),
    createdAt: p.datetime(3),
    erasedAt: p.datetime(3).nullable(),
  },
});

/** Who a tenant is at Stripe. No name and no address: those are signup's (DESIGN rule 10), and Stripe has its own copy. */
export class Customer extends CustomerSchema.class {
  knownAs(stripeCustomerId: string): void {
    this.stripeCustomerId ??= stripeCustomerId;
  }

  erase(now: Date): 'erased' | 'already' {
    if (this.erasedAt) return 'already';
    this.erasedAt = now;
    return 'erased';
  }
}
CustomerSchema.setClass(Customer);

/**
 * The tenant's row, locked until the commit, made if it is the first. Whoever decides about a tenant's checkouts,
 * subscriptions or refunds holds it: one writer per tenant, whatever arrives at once (FEATURES lesson 4).
 */
export async function lockCustomer(tenantId: string, now: Date): Promise<Customer> {
  return (await lockKnown(tenantId)) ?? (await lockNewCustomer(tenantId, now));
}

/** The same for one who most likely comes for the first time. A row that is made here is ours until the commit, too. */
export async function lockNewCustomer(tenantId: string, now: Date): Promise<Customer> {
  const made = await sql(
    'insert into customer (tenant_id, created_at) values ($1, $2) on conflict do nothing returning tenant_id',
    [tenantId, now],
  );
  if (made.length > 0) return em().merge(Customer, { tenantId, createdAt: now });
  const known = await lockKnown(tenantId);
  if (!known) throw new Error(`The customer of ${tenantId} cannot be found.`);
  return known;
}

function lockKnown(tenantId: string): Promise<Customer | null> {
  return em().findOne(Customer, { tenantId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
}
