import { enqueue } from '@latchkey/shared/jobs';
import { em, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { LockMode } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { RemoveVectorsJob } from '../documents/job-contracts.js';
import { Runtime } from '../runtime/runtime.entity.js';

/** Every table that holds something of a tenant; the runtime row alone stays, as a gravestone. */
const tables = ['api_key', 'document_content', 'document', 'question', 'quota_period'] as const;

/** Removes a tenant for good: rows at once, the namespace in a job that is tried until Pinecone has done it (FEATURES lesson 26). */
@Injectable()
export class EraseTenant {
  constructor(private readonly clock: Clock) {}

  async run(tenantId: string): Promise<void> {
    const runtime = await em().findOne(Runtime, { tenantId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (!runtime || runtime.erase(this.clock.now()) === 'already') return;
    for (const table of tables) await sql(`delete from ${table} where tenant_id = $1`, [tenantId]);
    enqueue(RemoveVectorsJob, { tenant_id: tenantId, document_id: null });
  }
}
