import type { Effect } from './sandbox.js';

/** Stripe's side of the story by tenant, from the sandbox's ledger of effects. */
export class StripeLedger {
  /** Tenants with a completed checkout. */
  readonly payers: string[];
  readonly allRefunds: { tenantId: string; charge: string; cents: number }[];

  constructor(private readonly effects: readonly Effect[]) {
    this.payers = [...new Set(this.of('session.completed').map(({ key }) => key))];
    this.allRefunds = this.of('refund.created').map(({ key, detail }) => ({
      tenantId: key,
      charge: String(detail['charge']),
      cents: Number(detail['cents']),
    }));
  }

  /** The place in the ledger where the first checkout was completed. */
  paidAt(tenantId: string): number | undefined {
    return this.of('session.completed', tenantId)[0]?.seq;
  }

  created(tenantId: string): number {
    return this.of('subscription.created', tenantId).length;
  }

  running(tenantId: string): number {
    return this.created(tenantId) - this.of('subscription.canceled', tenantId).length;
  }

  customers(tenantId: string): number {
    return this.of('customer.created', tenantId).length;
  }

  charges(tenantId: string): { id: string; cents: number }[] {
    return this.of('charge.succeeded', tenantId).map(({ detail }) => ({
      id: String(detail['id']),
      cents: Number(detail['cents']),
    }));
  }

  refunds(tenantId: string) {
    return this.allRefunds.filter((refund) => refund.tenantId === tenantId);
  }

  private of(kind: string, key?: string): Effect[] {
    return this.effects.filter((effect) => effect.kind === kind && (key === undefined || effect.key === key));
  }
}
