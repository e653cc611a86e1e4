import { z } from 'zod';

/** Body of every act of an operator: why, in words for whoever reads the audit later. No personal data of customers. */
export const OperatorReason = z.strictObject({ reason: z.string().trim().min(3).max(500) });
export type OperatorReason = z.infer<typeof OperatorReason>;
