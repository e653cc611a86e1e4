import { z } from 'zod';
import { defineEvent } from '../event.js';

export const InvoicePaid = defineEvent({
  owner: 'billing-webhooks',
  name: 'invoice-paid',
  when: 'Money moved: an invoice above zero was paid.',
  data: z.object({
    invoice_ref: z.string(),
    amount_cents: z.int().positive(),
    currency: z.string(),
  }),
  example: { invoice_ref: 'in_1', amount_cents: 4900, currency: 'usd' },
});
