import { sql } from '@latchkey/shared/persistence';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';

export const AlertFilter = z.strictObject({
  tenant_id: z.string().max(64).optional(),
  kind: z.string().max(64).optional(),
  /** Tickets only: `true` leaves out what is closed. */
  open: z.enum(['true', 'false']).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
export type AlertFilter = z.infer<typeof AlertFilter>;

/** Alerts and tickets, newest first. */
@Injectable()
export class ListAlerts {
  async alerts({ tenant_id, kind, limit }: AlertFilter): Promise<object[]> {
    const rows = await sql<{ alert: object }>(
      `select to_jsonb(a) as alert from alert a
       where ($1::text is null or tenant_id = $1) and ($2::text is null or kind = $2)
       order by opened_at desc, id desc limit $3`,
      [tenant_id ?? null, kind ?? null, limit],
    );
    return rows.map(({ alert }) => alert);
  }

  async tickets({ tenant_id, kind, open, limit }: AlertFilter): Promise<object[]> {
    const isOpen = { true: 'and closed_at is null', false: 'and closed_at is not null' };
    const rows = await sql<{ ticket: object }>(
      `select to_jsonb(t) as ticket from ticket t
       where ($1::text is null or tenant_id = $1) and ($2::text is null or kind = $2) ${open ? isOpen[open] : ''}
       order by opened_at desc, id desc limit $3`,
      [tenant_id ?? null, kind ?? null, limit],
    );
    return rows.map(({ ticket }) => ticket);
  }
}
