import { defineEntity, p } from '@mikro-orm/core';

const AccountSchema = defineEntity({
  name: 'Account',
  tableName: 'account',
  properties: {
    id: p.text().primary(),
    tenantId: p.text().index(),
    /** Where mail goes. Null once erased. */
    email: p.text().nullable(),
    /**
     * The same address while this account holds it; unique, so that two signups at once end as one tenant. A newer
     * signup may take it over (register-tenant.ts): the old account can then no longer log in, but its last mails find it.
     */
    claimedEmail: p.text().nullable().unique(),
    passwordHash: p.text().nullable(),
    role: p.text(),
    createdAt: p.datetime(),
    firstSessionAt: p.datetime().nullable(),
  },
});

/** The person who signed up, with the right to everything in the tenant. */
export class Account extends AccountSchema.class {
  erase(): void {
    this.email = null;
    this.claimedEmail = null;
    this.passwordHash = null;
  }

  /** The new password counts from here on; whoever changes it ends the sessions of the old one as well. */
  changePassword(hash: string): void {
    this.passwordHash = hash;
  }

  /** True the first time only: analytics counts first log-ins, not log-ins (F4). */
  noteSession(now: Date): boolean {
    if (this.firstSessionAt) return false;
    this.firstSessionAt = now;
    return true;
  }
}
AccountSchema.setClass(Account);

/**
 * Addresses are compared in lower case. Dots and plus-tags are kept: they are different mailboxes at most providers,
 * and merging them would let one person block another's address.
 */
export function normaliseEmail(email: string): string {
  return email.trim().toLowerCase();
}
