import { sql } from '@latchkey/shared/persistence';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { messageStates } from './message.entity.js';

export const MessageFilter = z.strictObject({
  tenant_id: z.string().max(64).optional(),
  template: z.string().max(64).optional(),
  state: z.enum(messageStates).optional(),
  /** The last message of the page before. */
  before: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});

/** What was mailed and what became of it, newest first. Rows name no person, so they can be shown as they are. */
@Injectable()
export class ListMessages {
  async run({ tenant_id, template, state, before, limit }: z.infer<typeof MessageFilter>): Promise<object[]> {
    const values: unknown[] = [];
    // Only what is asked for: one statement for every filter would have to be planned as if each might be left out.
    const conditions = Object.entries({ tenant_id, template, state }).flatMap(([column, value]) =>
      value === undefined ? [] : [`${column} = $${values.push(value)}`],
    );
    if (before !== undefined)
      conditions.push(`(created_at, id) < (select created_at, id from message where id = $${values.push(before)})`);
    const rows = await sql<{ message: object }>(
      `select to_jsonb(m) as message from message m
       ${conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''}
       order by created_at desc, id desc limit $${values.push(limit)}`,
      values,
    );
    return rows.map(({ message }) => message);
  }
}
