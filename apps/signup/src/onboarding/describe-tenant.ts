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
import { whatNext } from './what-next.js';

type Progress = NonNullable<TenantStatusResponse['progress']>;

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
    const { tenant, buyer } = await this.door.read('tenant-status', async () => {
      const tenant = await em().findOne(Tenant, { id: tenantId });
      return { tenant, buyer: tenant?.mayStillPay() ? await em().findOne(Account, { tenantId }) : null };
    });
    if (!tenant) throw new ProblemError('unknown_tenant');
    const [checkoutUrl, progress] = await Promise.all([this.checkoutUrl(tenant, buyer), this.progress(tenant)]);
    const verified = tenant.emailVerifiedAt != null;
    const paid = tenant.paidAt != null;
    const compensated = tenant.compensatedAt != null;
    const refundedCents = tenant.refundedCents ?? 0;
    const givesUpAt = tenant.givesUpAt(this.config.PAID_ABANDON_AFTER_SECONDS);
    const waitedMs = givesUpAt && tenant.clearedAt ? this.clock.nowMs() - tenant.clearedAt.getTime() : 0;
    const situation = { status: tenant.status, verified, paid, checkoutUrl, compensated, refundedCents, progress };
    return {
      tenant_id: tenant.id,
      status: tenant.status,
      email_verified: verified,
      paid,
      checkout_url: checkoutUrl,
      ...whatNext({ ...situation, waitedMs, givesUpAt }),
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

  private async progress(tenant: Tenant): Promise<Progress | null> {
    if (!tenant.clearedAt || !['provisioning', 'active', 'provisioning_failed'].includes(tenant.status)) return null;
    try {
      const { run } = await this.questions.ask(ProvisioningProgress, { tenant_id: tenant.id });
      return run ? this.progressOf(run) : this.waiting(tenant.clearedAt);
    } catch (error) {
      if (error instanceof QuestionUnanswered) return null;
      throw error;
    }
  }

  private progressOf(run: ProvisioningRun): Progress {
    const end = run.finished_at === null ? this.clock.nowMs() : Date.parse(run.finished_at);
    return {
      state: run.state,
      seconds_elapsed: secondsSince(Date.parse(run.started_at), end),
      next_attempt_at: run.next_attempt_at,
      waits_for: run.waits_for ?? null,
      steps: run.steps.map(({ name, title, state, attempts }) => ({ name, title, state, attempts })),
    };
  }

  /** The provisioner has not seen the event yet. */
  private waiting(clearedAt: Date): Progress {
    const seconds_elapsed = secondsSince(clearedAt.getTime(), this.clock.nowMs());
    return { state: 'waiting', seconds_elapsed, next_attempt_at: null, waits_for: null, steps: [] };
  }
}

function secondsSince(fromMs: number, toMs: number): number {
  return Math.max(0, Math.round((toMs - fromMs) / 100) / 10);
}
