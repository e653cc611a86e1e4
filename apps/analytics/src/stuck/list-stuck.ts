import { Door, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { CONFIG, type Config } from '../config.js';
import { AskContacts } from './ask-contacts.js';
import { iso } from '../progress/at.js';
import { customers } from './customers.js';
import { describeStuck, type StuckCustomer, type StuckRow } from './describe-stuck.js';
import { stuckRules, type StuckRule } from './rules.js';

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
    const found = await this.door.read('stuck-customers', () =>
      Promise.all(stuckRules.map(async (rule) => ({ rule, ...(await this.find(rule, now, page)) }))),
    );
    const ids = new Set(found.flatMap(({ rows }) => rows.map((row) => row.tenant_id)));
    const contacts = await this.askContacts.run([...ids]);
    const lists = found.map(({ rule, rows }) => [
      rule.list,
      rows.map((row) => describeStuck(row, rule, contacts?.get(row.tenant_id), now)),
    ]);
    return {
      ...(Object.fromEntries(lists) as Lists<StuckCustomer[]>),
      totals: Object.fromEntries(found.map(({ rule, total }) => [rule.list, total])) as Lists<number>,
      contacts_available: contacts !== null,
      recommended_action: 'Send personalized email or schedule call with these customers',
    };
  }

  private async find(rule: StuckRule, now: Date, { limit, offset }: StuckPage) {
    const cutoff = new Date(now.getTime() - rule.hours(this.config) * 3_600_000).toISOString();
    const stuck = `from (${customers}) c
      where is_customer and activated_at is null and ${rule.while} and ${rule.since} <= $1`;
    const [count] = await sql<{ total: number }>(`select count(*)::int as total ${stuck}`, [cutoff]);
    const rows = await sql<StuckRow>(
      `select tenant_id, ${iso('signed_up_at')} as signed_up_at, ${iso(rule.since)} as since, milestones ${stuck}
       order by c.${rule.since}, tenant_id limit $2 offset $3`,
      [cutoff, limit, offset],
    );
    return { total: count!.total, rows };
  }
}
