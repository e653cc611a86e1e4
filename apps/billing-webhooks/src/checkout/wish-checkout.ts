import type { Plan } from '@latchkey/contracts';
import { newId } from '@latchkey/shared/ids';
import { sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';

const firstLookMs = 60_000;

/**
 * Somebody signed up and will pay. Signup asks for the page directly, so this usually finds it there; when that question
 * was lost, the sweep opens the page, and an abandoned signup still ends. Plain SQL: every signup passes here.
 */
@Injectable()
export class WishCheckout {
  constructor(private readonly clock: Clock) {}

  async run(tenantId: string, plan: Plan): Promise<void> {
    const now = this.clock.now();
    await sql(
      `insert into checkout (id, tenant_id, generation, plan, state, key_generation, key_since, checks, check_at, created_at)
       values ($1, $2, 1, $3, 'wanted', 1, $4, 0, $5, $4) on conflict do nothing`,
      [newId('co'), tenantId, plan, now, new Date(now.getTime() + firstLookMs)],
    );
  }
}
