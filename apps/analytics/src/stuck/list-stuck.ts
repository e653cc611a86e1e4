import { Door, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { CONFIG, type Config } from '../config.js';
import { iso } from '../progress/at.js';
import { AskContacts } from './ask-contacts.js';
import { isStuck, openCustomers, stuckBy } from './customers.js';
import { describeStuck, type StuckCustomer, type StuckRow } from './describe-stuck.js';
import { cutoffOf, stuckRules, type StuckRule } from './rules.js';

export const StuckPage = z.strictObject({
  /** Of each list. */
  limit: z.coerce.number().int().min(1).max(500).default(100),
  offset: z.coerce.number().int().min(0).max(100_000).default(0),
});
export type StuckPage = z.infer<typeof StuckPage>;

type Lists<Value> = Record<StuckRule['list'], Value>;

export type StuckCustomers = Lists<StuckCustomer[]> & {
  /** How many there are in all, whatever page this is. */
  totals: Lists<number>;
  /** False when signup did not answer: company and email are then null. */
  contacts_available: boolean;
  recommended_action: string;
};

/** Who needs a person now, the longest stuck first (S4.5, S9). The rules are looked at anew, not the last hour's finds. */
@Injectable()
export class ListStuck {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly askContacts: AskContacts,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async run(page: StuckPage): Promise<StuckCustomers> {
    const now = this.clock.now();
    const { totals, pages } = await this.door.read('stuck-customers', async () => ({
      totals: await this.count(),
      pages: await Promise.all(stuckRules.map(async (rule) => ({ rule, rows: await this.find(rule, page) }))),
    }));
    const ids = new Set(pages.flatMap(({ rows }) => rows.map((row) => row.tenant_id)));
    const contacts = await this.askContacts.run([...ids]);
    const lists = pages.map(({ rule, rows }) => [
      rule.list,
      rows.map((row) => describeStuck(row, rule, contacts?.get(row.tenant_id), now)),
    ]);
    return {
      ...(Object.fromEntries(lists) as Lists<StuckCustomer[]>),
      totals,
      contacts_available: contacts !== null,
      recommended_action: 'Send personalized email or schedule call with these customers',
    };
  }

  /** How many are in each list; needs an open door. */
  async count(): Promise<Lists<number>> {
    const counts = stuckRules.map(
      (rule, i) => `count(*) filter (where ${isStuck(rule, `$${i + 1}`)})::int as ${rule.list}`,
    );
    const cutoffs = stuckRules.map((rule) => cutoffOf(rule, this.config, this.clock.nowMs()));
    // One pass for all: it reads every tenant there ever was.
    const [row] = await sql<Lists<number>>(`select ${counts.join(', ')} ${openCustomers}`, cutoffs);
    return row!;
  }

  private find(rule: StuckRule, { limit, offset }: StuckPage): Promise<StuckRow[]> {
    return sql<StuckRow>(
      `select tenant_id, ${iso('signed_up_at')} as signed_up_at, ${iso(rule.since)} as since, milestones
       ${stuckBy(rule, '$1')} order by c.${rule.since}, tenant_id limit $2 offset $3`,
      [cutoffOf(rule, this.config, this.clock.nowMs()), limit, offset],
    );
  }
}
