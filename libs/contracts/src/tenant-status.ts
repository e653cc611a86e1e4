import { z } from 'zod';

/** The tenant's lifecycle, owned by signup (DESIGN section 3; the names are S4's). */
export const TenantStatus = z.enum([
  'pending_payment',
  'provisioning',
  'active',
  'provisioning_failed',
  'suspended',
  'cancelled',
  'expired',
  'erased',
]);
export type TenantStatus = z.infer<typeof TenantStatus>;
