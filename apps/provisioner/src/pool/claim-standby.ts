import { Inject, Injectable } from '@nestjs/common';
import { enqueue } from '@latchkey/shared/jobs';
import { sql } from '@latchkey/shared/persistence';
import { CONFIG, type Config } from '../config.js';
import { FillPool, fillPoolKey } from './jobs.js';

/** Gives a tenant the oldest ready workspace, or none. Two tenants at once never get the same: the row is locked, others skip it. */
@Injectable()
export class ClaimStandby {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  async run(tenantId: string): Promise<{ namespace: string } | undefined> {
    if (this.config.WARM_POOL_SIZE === 0) return undefined;
    const [claimed] = await sql<{ namespace: string }>(
      `update standby set state = 'claimed', claimed_by = $1
       where id = (select id from standby where state = 'ready' and model = $2 order by prepared_at limit 1 for update skip locked)
       returning namespace`,
      [tenantId, this.config.EMBEDDING_MODEL],
    );
    enqueue(FillPool, {}, { key: fillPoolKey, afterSeconds: 1 });
    return claimed;
  }
}

/** Its namespace is gone, or no longer the pool's business (inside a commit). */
export async function forgetStandby(namespace: string): Promise<void> {
  await sql(`delete from standby where namespace = $1 and state = 'claimed'`, [namespace]);
}
