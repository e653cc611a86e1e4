import { z } from 'zod';
import { Instant } from '../events/event.js';

const Reason = z.string().trim().min(3, 'Please say why, for whoever reads the audit later.').max(500);

/** Body of every act of an operator. No personal data of customers in the reason: the audit keeps it. */
export const OperatorReason = z.strictObject({ reason: Reason });
export type OperatorReason = z.infer<typeof OperatorReason>;

export const DeadLetterId = z
  .string()
  .regex(/^(event-\d{1,18}|job-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/, 'This is not the id of a dead letter.');

const Filter = {
  tenant_id: z.string().max(64).optional(),
  kind: z.enum(['event', 'job']).optional(),
  /** The event's type, or the job's queue. */
  what: z.string().max(200).optional(),
  /** The `next_after` of the page before. */
  after: z.string().max(100).optional(),
};
export const DeadLetterFilter = z.strictObject({
  ...Filter,
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export type DeadLetterFilter = z.infer<typeof DeadLetterFilter>;

/** An event or a job that a service gave up, `GET /api/operator/dead-letters` of that service. The oldest come first. */
export const DeadLetter = z.object({
  id: z.string(),
  kind: z.enum(['event', 'job']),
  what: z.string(),
  tenant_id: z.string().nullable(),
  reason: z.string(),
  tries: z.int(),
  dead_at: Instant,
  /** Order hint: how many events of this tenant died here before this one and wait still. Redrive those first. */
  earlier_of_tenant: z.int(),
});
export type DeadLetter = z.infer<typeof DeadLetter>;

export const DeadLetterPage = z.object({
  dead_letters: z.array(DeadLetter),
  total: z.int(),
  next_after: z.string().nullable(),
});
export type DeadLetterPage = z.infer<typeof DeadLetterPage>;

/** One of them with what it carried: ids and facts, as events and jobs hold no personal data. */
export const DeadLetterDetail = DeadLetter.extend({
  state: z.enum(['open', 'redriven', 'discarded']),
  carried: z.unknown(),
});
export type DeadLetterDetail = z.infer<typeof DeadLetterDetail>;

/** `POST /api/operator/dead-letters/redrive`: a bounded batch, the oldest first; `next_after` goes on. */
export const RedriveAll = z.strictObject({
  ...Filter,
  reason: Reason,
  limit: z.int().min(1).max(100).default(50),
});
export type RedriveAll = z.infer<typeof RedriveAll>;

export const RedriveReport = z.object({
  redriven: z.array(z.string()),
  failed: z.array(z.object({ id: z.string(), reason: z.string() })),
  /** Left alone, because an earlier event of the same tenant failed: its order would be lost. */
  held_back: z.array(z.string()),
  next_after: z.string().nullable(),
});
export type RedriveReport = z.infer<typeof RedriveReport>;
