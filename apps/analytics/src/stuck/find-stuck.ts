import { CustomerStuck, InterventionResolved } from '@latchkey/contracts';
import { record, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { iso } from '../progress/at.js';
import { customers, stuckBy } from './customers.js';
import { cutoffOf, stuckRules, type StuckRule } from './rules.js';

/** So many a rule in one look; who is left is found an hour later. */
const perLookMax = 2_000;

/**
 * The hourly look: who is stuck now is told to everybody once for each rule, and who moved on as well. The
 * intervention's row decides, so two looks at once tell it once.
 */
@Injectable()
export class FindStuck {
  constructor(
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async run(): Promise<void> {
    for (const rule of stuckRules) {
      await this.close(rule);
      await this.open(rule);
    }
  }

  private async open(rule: StuckRule): Promise<void> {
    const opened = await sql<{ tenant_id: string; since: string }>(
      `insert into facts.intervention (tenant_id, rule, since, opened_at)
       select tenant_id, $1, ${rule.since}, $2 ${stuckBy(rule, '$3')}
         and not exists (select from facts.intervention i where i.tenant_id = c.tenant_id and i.rule = $1)
       order by ${rule.since}, tenant_id limit ${perLookMax}
       on conflict (tenant_id, rule) do nothing returning tenant_id, ${iso('since')} as since`,
      [rule.name, this.clock.nowIso(), cutoffOf(rule, this.config, this.clock.nowMs())],
    );
    for (const { tenant_id, since } of opened) record(CustomerStuck, tenant_id, { rule: rule.name, since });
  }

  /** Who left did not move on: their row is closed in silence. */
  private async close({ name, while: condition }: StuckRule): Promise<void> {
    const closed = await sql<{ tenant_id: string; outcome: string }>(
      `update facts.intervention i set closed_at = $2, outcome = c.outcome
       from (
         select tenant_id, case when activated_at is not null or not (${condition}) then 'moved_on' else 'left' end as outcome
         from (${customers}) c where activated_at is not null or not (${condition}) or not is_customer
       ) c
       where i.rule = $1 and i.closed_at is null and i.tenant_id = c.tenant_id
       returning i.tenant_id, i.outcome`,
      [name, this.clock.nowIso()],
    );
    for (const row of closed)
      if (row.outcome === 'moved_on') record(InterventionResolved, row.tenant_id, { rule: name });
  }
}
