import { Injectable } from '@nestjs/common';
import type { DeadLetter, DeadLetterDetail, DeadLetterFilter, DeadLetterPage } from '@latchkey/contracts';
import { ProblemError } from '../errors/problem-error.js';
import { deadJobsQueue } from '../jobs/jobs.js';
import { Door } from '../persistence/door.js';
import { sql } from '../persistence/transaction.js';

const iso = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** What pg-boss kept of a job's last failure: ours is `reason`, its own (a job that ran out of time) is `message`. */
const jobReason = `coalesce(source_output->>'reason', source_output->>'message', source_output->'value'->>'message', source_output::text, 'unknown')`;

/** Events and jobs that wait for an operator, as one list: both are in the service's own database. */
const letters = `
  select 'event-' || id as id, 'event' as kind, type as what, tenant_id, reason, tries, dead_at,
    (select count(*)::int from kit.dead_letter e
     where e.tenant_id = d.tenant_id and e.id < d.id and e.redriven_at is null and e.discarded_at is null) as earlier_of_tenant
  from kit.dead_letter d where redriven_at is null and discarded_at is null
  union all
  select 'job-' || id, 'job', coalesce(source_name, 'unknown'), data->>'tenant_id', ${jobReason},
    coalesce(source_retry_count, 0) + 1, created_on, 0
  from pgboss.job where name = '${deadJobsQueue}' and state = 'created'`;

const columns = `id, kind, what, tenant_id, reason, tries, ${iso('dead_at')} as dead_at, earlier_of_tenant`;

/** The dead letters of this service, the oldest first. */
@Injectable()
export class ReadDeadLetters {
  constructor(private readonly door: Door) {}

  async list(filter: DeadLetterFilter): Promise<DeadLetterPage> {
    const { tenant_id, kind, what, after, limit } = filter;
    const [afterAt, afterId] = after?.split('/') ?? [];
    if (after && (!afterId || Number.isNaN(Date.parse(afterAt ?? ''))))
      throw new ProblemError('invalid_request', { detail: '`after` is not the end of a page.' });
    const wanted = `($1::text is null or tenant_id = $1) and ($2::text is null or kind = $2) and ($3::text is null or what = $3)`;
    const given = [tenant_id ?? null, kind ?? null, what ?? null];
    return this.door.read('dead-letters', async () => {
      const rows = await sql<DeadLetter>(
        `select ${columns} from (${letters}) l
         where ${wanted} and ($4::timestamptz is null or (dead_at, id) > ($4::timestamptz, $5))
         order by l.dead_at, id limit $6`,
        [...given, afterAt ?? null, afterId ?? '', limit],
      );
      const [all] = await sql<{ total: number }>(
        `select count(*)::int as total from (${letters}) l where ${wanted}`,
        given,
      );
      const last = rows.length === limit ? rows.at(-1)! : undefined;
      return { dead_letters: rows, total: all!.total, next_after: last ? `${last.dead_at}/${last.id}` : null };
    });
  }

  /** For a diagnosis: how many of this tenant's wait here, and why the oldest does. */
  async ofTenant(tenantId: string): Promise<{ count: number; oldest_reason: string | null }> {
    const { dead_letters, total } = await this.list({ tenant_id: tenantId, limit: 1 });
    const oldest = dead_letters[0];
    return { count: total, oldest_reason: oldest ? `${oldest.what}: ${oldest.reason}`.slice(0, 300) : null };
  }

  /** One of them, also when it is settled already. Throws `dead_letter_not_found`. */
  async show(id: string): Promise<DeadLetterDetail> {
    const [kind, key] = [id.startsWith('event-') ? 'event' : 'job', id.slice(id.indexOf('-') + 1)];
    const [row] = await this.door.read('dead-letter', () =>
      kind === 'event'
        ? sql<DeadLetterDetail>(
            `select $1::text as id, 'event' as kind, type as what, tenant_id, reason, tries, ${iso('dead_at')} as dead_at,
               (select count(*)::int from kit.dead_letter e where e.tenant_id = d.tenant_id and e.id < d.id
                and e.redriven_at is null and e.discarded_at is null) as earlier_of_tenant,
               case when redriven_at is not null then 'redriven' when discarded_at is not null then 'discarded' else 'open' end as state,
               jsonb_build_object('event_id', event_id, 'stream', stream, 'stream_seq', stream_seq, 'subject', subject,
                 'headers', headers, 'body', body) as carried
             from kit.dead_letter d where id = $2`,
            [id, key],
          )
        : sql<DeadLetterDetail>(
            `select $1::text as id, 'job' as kind, coalesce(source_name, 'unknown') as what, data->>'tenant_id' as tenant_id,
               ${jobReason} as reason, coalesce(source_retry_count, 0) + 1 as tries, ${iso('created_on')} as dead_at,
               0 as earlier_of_tenant,
               case state when 'created' then 'open' when 'cancelled' then 'discarded' else 'redriven' end as state,
               jsonb_build_object('queue', source_name, 'data', data - '_scope', 'last_failure', source_output) as carried
             from pgboss.job where name = '${deadJobsQueue}' and id = $2::uuid`,
            [id, key],
          ),
    );
    if (!row) throw new ProblemError('dead_letter_not_found');
    return row;
  }
}
