import { ProvisioningProgress, type ProvisioningRun, type TenantStatusResponse } from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { Questions, QuestionUnanswered } from '@latchkey/shared/messaging';
import { Door, em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { Account } from '../tenants/account.entity.js';
import { Tenant } from '../tenants/tenant.entity.js';
import { AskForCheckout } from './ask-for-checkout.js';
import { whatNext, type Situation } from './what-next.js';

type Progress = NonNullable<TenantStatusResponse['progress']>;

/** The run as the provisioner last told it; `none` before it has seen the clearance, `unknown` when it is silent. */
export type KnownRun = ToldRun | 'none' | 'unknown';

/** With the moment it last changed, where the provisioner said so. */
export type ToldRun = ProvisioningRun & { touched_at?: string | undefined };

/** What signup itself says of a tenant, and where it pays. */
export interface TenantFacts extends Omit<Situation, 'progress' | 'waitedMs'> {
  id: string;
  clearedAt: Date | null;
}

/**
 * The true state of a signup: our own facts, the steps as the provisioner knows them, and the checkout as billing
 * knows it. When one of them is silent the rest is still told. No personal data, because the id alone opens it.
 */
@Injectable()
export class DescribeTenant {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly questions: Questions,
    private readonly askForCheckout: AskForCheckout,
  ) {}

  async run(tenantId: string): Promise<TenantStatusResponse> {
    const facts = await this.factsOf(tenantId);
    return this.describe(facts, showsProgress(facts) ? await this.askRun(tenantId) : 'none');
  }

  /** A page that shows the link already, and only hears that something changed, need not have it looked for again. */
  async factsOf(tenantId: string, shownUrl: string | null = null): Promise<TenantFacts> {
    const { tenant, buyer } = await this.door.read('tenant-status', async () => {
      const tenant = await em().findOne(Tenant, { id: tenantId });
      const isAsked = tenant?.mayStillPay() && !shownUrl;
      return { tenant, buyer: isAsked ? await em().findOne(Account, { tenantId }) : null };
    });
    if (!tenant) throw new ProblemError('unknown_tenant');
    return {
      id: tenant.id,
      status: tenant.status,
      verified: tenant.emailVerifiedAt != null,
      paid: tenant.paidAt != null,
      checkoutUrl: tenant.mayStillPay() ? (shownUrl ?? (await this.checkoutUrl(tenant, buyer))) : null,
      compensated: tenant.compensatedAt != null,
      refundedCents: tenant.refundedCents ?? 0,
      clearedAt: tenant.clearedAt ?? null,
      givesUpAt: tenant.givesUpAt(this.config.PAID_ABANDON_AFTER_SECONDS),
    };
  }

  async askRun(tenantId: string): Promise<KnownRun> {
    try {
      const { run, touched_at } = await this.questions.ask(ProvisioningProgress, { tenant_id: tenantId });
      return run ? { ...run, touched_at } : 'none';
    } catch (error) {
      if (error instanceof QuestionUnanswered) return 'unknown';
      throw error;
    }
  }

  /** As of now: how long somebody has waited is part of what they are told. */
  describe(facts: TenantFacts, run: KnownRun): TenantStatusResponse {
    const { id, status, verified, paid, checkoutUrl, compensated, clearedAt, givesUpAt } = facts;
    const progress = showsProgress(facts) ? this.progressOf(run, facts.clearedAt) : null;
    const waitedMs = givesUpAt && clearedAt ? this.clock.nowMs() - clearedAt.getTime() : 0;
    return {
      tenant_id: id,
      status,
      email_verified: verified,
      paid,
      checkout_url: checkoutUrl,
      ...whatNext({ ...facts, progress, waitedMs }),
      compensated,
      gives_up_at: givesUpAt?.toISOString() ?? null,
      progress,
    };
  }

  private async checkoutUrl(tenant: Tenant, buyer: Account | null): Promise<string | null> {
    if (!buyer?.claimedEmail) return null;
    const { id, plan, companyName } = tenant;
    return this.askForCheckout.look({ id, plan, email: buyer.claimedEmail, companyName });
  }

  private progressOf(run: KnownRun, clearedAt: Date): Progress | null {
    const nowMs = this.clock.nowMs();
    if (run === 'unknown') return null;
    if (run === 'none') {
      const seconds_elapsed = secondsSince(clearedAt.getTime(), nowMs);
      return { state: 'waiting', seconds_elapsed, next_attempt_at: null, waits_for: null, steps: [] };
    }
    const end = run.finished_at === null ? nowMs : Date.parse(run.finished_at);
    return {
      state: run.state,
      seconds_elapsed: secondsSince(Date.parse(run.started_at), end),
      next_attempt_at: run.next_attempt_at,
      waits_for: run.waits_for ?? null,
      steps: run.steps.map(({ name, title, state, attempts }) => ({ name, title, state, attempts })),
    };
  }
}

/** Others have no run yet, or one that concerns nobody any more. */
export function showsProgress<F extends TenantFacts>(facts: F): facts is F & { clearedAt: Date } {
  return facts.clearedAt !== null && ['provisioning', 'active', 'provisioning_failed'].includes(facts.status);
}

function secondsSince(fromMs: number, toMs: number): number {
  return Math.max(0, Math.round((toMs - fromMs) / 100) / 10);
}
