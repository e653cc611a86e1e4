import type { Plan } from '@latchkey/contracts';
import { newId } from '@latchkey/shared/ids';
import { sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';
import { Checkout } from './checkout.entity.js';

/**
 * Somebody signed up and will pay. Signup asks for the page directly, so this usually finds it there; when that question
 * was lost, the sweep opens the page, and an abandoned signup still ends. Plain SQL: every signup passes here.
 */
@Injectable()
export class WishCheckout {
  constructor(private readonly clock: Clock) {}

  /** Undefined when the tenant has a checkout already. */
  async run(tenantId: string, plan: Plan): Promise<ReturnType<typeof Checkout.wish> | undefined> {
    const wish = Checkout.wish({ id: newId('co'), tenantId, generation: 1, plan, now: this.clock.now() });
    const made = await sql(
      `insert into checkout (id, tenant_id, generation, plan, state, key_generation, key_since, checks, check_at, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing returning id`,
      [
        wish.id,
        tenantId,
        wish.generation,
        plan,
        wish.state,
        wish.keyGeneration,
        wish.keySince,
        wish.checks,
        wish.checkAt,
        wish.createdAt,
      ],
    );
    return made.length > 0 ? wish : undefined;
  }
}
