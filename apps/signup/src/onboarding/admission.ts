import type { TenantStatus } from '@latchkey/contracts';

/** The tenant that holds the email of somebody who signs up. */
export interface Holder {
  status: TenantStatus;
  paid: boolean;
  verified: boolean;
  compensated: boolean;
}

/** `replace` closes the holder's unpaid signup; `succeed` leaves the holder as it ended and only takes over the email. */
export type Admission = 'create' | 'resume' | 'replace' | 'succeed' | 'refuse';

/**
 * What a signup for this email means (S4.1; FEATURES section 5, trap 2). Unpaid signups never block an address: whoever
 * knows the password goes on where they stopped, and whoever does not starts anew. The latter holds only while the
 * address is unverified: otherwise anybody could keep a stranger out by signing up with the stranger's address first.
 * Whoever has cancelled still logs in to take their data along, so only their own password makes room for a new tenant.
 */
export function admit(holder: Holder | null, samePassword: boolean): Admission {
  if (!holder) return 'create';
  const { status, paid, verified, compensated } = holder;
  if (status === 'cancelled' && verified && !samePassword) return 'refuse';
  if (status === 'cancelled' || status === 'erased') return 'succeed';
  if (status === 'provisioning_failed' && compensated) return 'succeed';
  if ((status === 'pending_payment' || status === 'expired') && !paid) {
    if (samePassword) return 'resume';
    return verified ? 'refuse' : 'replace';
  }
  return 'refuse';
}
