import type { TenantStatus } from '@latchkey/contracts';

/** The one table of allowed moves (DESIGN section 3). Whatever is not here is a bug in us, and throws. */
const moves: Record<TenantStatus, readonly TenantStatus[]> = {
  pending_payment: ['provisioning', 'provisioning_failed', 'expired', 'cancelled', 'erased'],
  provisioning: ['active', 'provisioning_failed', 'cancelled', 'erased'],
  active: ['suspended', 'cancelled', 'erased'],
  provisioning_failed: ['provisioning', 'cancelled', 'erased'],
  suspended: ['active', 'cancelled', 'erased'],
  expired: ['pending_payment', 'cancelled', 'erased'],
  cancelled: ['erased'],
  erased: [],
};

export class IllegalMove extends Error {}

export function assertMove(tenantId: string, from: TenantStatus, to: TenantStatus): void {
  if (!moves[from].includes(to)) throw new IllegalMove(`${tenantId} cannot go from ${from} to ${to}`);
}

/** Closed for good: facts that were on their way when it closed come too late and change nothing. */
export function isClosed(status: TenantStatus): boolean {
  return status === 'cancelled' || status === 'erased';
}
