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
    const rows = await sql<{ message: object }>(
      `select to_jsonb(m) as message from message m
       where ($1::text is null or tenant_id = $1) and ($2::text is null or template = $2) and ($3::text is null or state = $3)
         and ($4::text is null or (created_at, id) < (select created_at, id from message where id = $4))
       order by created_at desc, id desc limit $5`,
      [tenant_id, template, state, before, limit].map((value) => value ?? null),
    );
    return rows.map(({ message }) => message);
  }
}
