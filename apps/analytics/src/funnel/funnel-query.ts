import { z } from 'zod';

/** Of whom the funnel is: who signed up within so many days. */
export const FunnelQuery = z.strictObject({ days: z.coerce.number().int().min(1).max(365).default(30) });
export type FunnelQuery = z.infer<typeof FunnelQuery>;
