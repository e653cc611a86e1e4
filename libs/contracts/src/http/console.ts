import { z } from 'zod';

/** Operators are named by their address in every audit, where only these characters are taken. */
export const OperatorEmail = z
  .email('Please give a valid email address.')
  .max(64)
  .regex(/^[\w.@+-]+$/, 'Only letters, digits and . _ + - are possible here.');

export const OperatorRole = z.enum(['viewer', 'operator']);
export type OperatorRole = z.infer<typeof OperatorRole>;

export const ConsoleLogin = z.strictObject({ email: z.string().max(254), password: z.string().max(256) });
export type ConsoleLogin = z.infer<typeof ConsoleLogin>;

/** Who is logged in to the console. */
export const ConsoleSession = z.object({ email: z.string(), role: OperatorRole });
export type ConsoleSession = z.infer<typeof ConsoleSession>;

/** `POST /api/operator/operators`, with the operator token only: an account, or a new password and role for one. */
export const AddOperator = z.strictObject({
  email: OperatorEmail,
  role: OperatorRole,
  password: z.string().min(12, 'Please use at least 12 characters.').max(256),
});
export type AddOperator = z.infer<typeof AddOperator>;

export const OperatorAccount = z.object({
  email: z.string(),
  role: OperatorRole,
  created_at: z.string(),
  disabled_at: z.string().nullable(),
});
export type OperatorAccount = z.infer<typeof OperatorAccount>;
export const OperatorAccounts = z.object({ operators: z.array(OperatorAccount) });
export type OperatorAccounts = z.infer<typeof OperatorAccounts>;
