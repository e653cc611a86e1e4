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

  /** Undefined when the tenant has a checkout already. With `opening`, whoever wishes the page is the one to open it. */
  async run(tenantId: string, plan: Plan, { opening = false } = {}): Promise<Checkout | undefined> {
    const now = this.clock.now();
    const wish = Checkout.wish({ id: newId('co'), tenantId, generation: 1, plan, now });
    const checkout = Object.assign(new Checkout(), wish);
    if (opening) checkout.claimOpening(plan, now);
    const made = await sql(
      `insert into checkout
         (id, tenant_id, generation, plan, state, opening_until, key_generation, key_since, checks, check_at, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing returning id`,
      [
        checkout.id,
        tenantId,
        checkout.generation,
        plan,
        checkout.state,
        checkout.openingUntil ?? null,
        checkout.keyGeneration,
        checkout.keySince,
        checkout.checks,
        checkout.checkAt,
        checkout.createdAt,
      ],
    );
    return made.length > 0 ? checkout : undefined;
  }
}
