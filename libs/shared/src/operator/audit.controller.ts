import { Controller, Get, Query, UseGuards } from '@nestjs/common';
import { z } from 'zod';
import { OperatorGuard } from '../http/operator.guard.js';
import { Door } from '../persistence/door.js';
import { sql } from '../persistence/transaction.js';

const AuditQuery = z.strictObject({
  tenant_id: z.string().max(64).optional(),
  /** The `next_before` of the page before: only older acts. */
  before: z.coerce.number().int().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

interface AuditRow {
  id: string;
  at: string;
  operator: string;
  action: string;
  tenant_id: string | null;
  target: string | null;
  reason: string;
  outcome: string;
  request_id: string;
}

/** What became of the chain of digests (audit-chain-migration.ts). */
interface Verification {
  acts: number;
  /** The last digest; whoever notes it elsewhere can tell later whether the audit still ends or passes there. */
  head: string;
  /** The first act that is not what it was when it was written, or whose forerunner is gone; null when all are. */
  broken_at: string | null;
}

/** What operators did in this service, the newest first. */
@Controller('api/operator/audit')
@UseGuards(OperatorGuard)
export class AuditController {
  constructor(private readonly door: Door) {}

  @Get()
  async list(
    @Query({ schema: AuditQuery }) { tenant_id, before, limit }: z.infer<typeof AuditQuery>,
  ): Promise<{ acts: AuditRow[]; next_before: number | null }> {
    const acts = await this.door.read('operator-audit', () =>
      sql<AuditRow>(
        `select id, to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, operator, action, tenant_id, target, reason,
                outcome, request_id
         from kit.operator_audit where ($1::text is null or tenant_id = $1) and ($2::bigint is null or id < $2)
         order by id desc limit $3`,
        [tenant_id ?? null, before ?? null, limit],
      ),
    );
    return { acts, next_before: acts.length === limit ? Number(acts.at(-1)!.id) : null };
  }

  /** Reads every act: some thousands a year. */
  @Get('verification')
  async verify(): Promise<Verification> {
    const [found] = await this.door.read('operator-audit', () =>
      sql<Verification>(
        `select count(*)::int as acts, coalesce((array_agg(digest order by position desc))[1], '') as head,
                (array_agg(id order by position) filter (where digest is distinct from expected or position <> place))[1] as broken_at
         from (select id, position, digest, row_number() over chain as place,
                      kit.audit_digest(coalesce(lag(digest) over chain, ''), a) as expected
               from kit.operator_audit a window chain as (order by position)) counted`,
        [],
      ),
    );
    return found!;
  }
}
