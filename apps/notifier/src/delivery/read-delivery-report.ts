import { z } from 'zod';
import type { DeliveryKind } from '../messages/message.entity.js';

/** One report of SendGrid's about one of our mails, in our words. */
export interface DeliveryReport {
  messageId: string;
  kind: DeliveryKind;
  /** No person did this: a mailbox or a scanner opened or followed by itself. */
  machine: boolean;
  occurredAt: Date;
  /** No mail to this address will ever arrive, or its owner wants none. */
  closesAddress: boolean;
  /** For the suppression's hash; stays in memory. */
  address: string | undefined;
}

/** The members we read; `message_key` is the custom argument we sent along. Everything else may come and go. */
const SendGridEvent = z.object({
  event: z.string().max(64),
  timestamp: z.coerce.number().int().positive().max(4_102_444_800),
  message_key: z.string().startsWith('msg_').max(64),
  email: z.string().max(320).optional(),
  type: z.string().max(64).optional(),
  reason: z.string().optional(),
  useragent: z.string().max(2_000).optional(),
  sg_machine_open: z.boolean().optional(),
});

const kinds: Partial<Record<string, DeliveryKind>> = {
  processed: 'processed',
  deferred: 'deferred',
  delivered: 'delivered',
  open: 'open',
  click: 'click',
  dropped: 'dropped',
  spamreport: 'spam_report',
  unsubscribe: 'unsubscribe',
  group_unsubscribe: 'unsubscribe',
};

/** Programs that open mails and follow links before their reader does. */
const scanner = /\b(bot|crawler|spider|scanner|barracuda|proofpoint|mimecast|headless\w*|curl|wget|python-requests)\b/i;

/** SendGrid drops mails for what is wrong with us, too: a used-up plan, a text it takes for spam, a broken header of ours. */
const ourFault = /package quota|spam content|smtpapi/i;

/** Undefined for what is not about a mail of ours, or of a kind we do not know: a batch is never refused for its members. */
export function readDeliveryReport(raw: unknown): DeliveryReport | undefined {
  const parsed = SendGridEvent.safeParse(raw);
  if (!parsed.success) return undefined;
  const { event, type, reason = '', timestamp, message_key, email, useragent = '', sg_machine_open } = parsed.data;
  // A block is the receiving server's passing mood, a bounce its last word.
  const kind = event === 'bounce' ? (type === 'blocked' ? 'blocked' : 'bounce') : kinds[event];
  if (!kind) return undefined;
  return {
    messageId: message_key,
    kind,
    machine: (kind === 'open' || kind === 'click') && (sg_machine_open === true || scanner.test(useragent)),
    occurredAt: new Date(timestamp * 1_000),
    closesAddress: kind === 'bounce' || kind === 'spam_report' || (kind === 'dropped' && !ourFault.test(reason)),
    address: email,
  };
}
