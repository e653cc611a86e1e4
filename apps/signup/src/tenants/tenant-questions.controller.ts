import { ContactCards, VerificationCode, type QuestionReply, type QuestionRequest } from '@latchkey/contracts';
import { Answers } from '@latchkey/shared/messaging';
import { Door, em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Controller, Inject } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { Account } from './account.entity.js';
import { Tenant } from './tenant.entity.js';
import { codeOf, Verification } from './verification.entity.js';

/** The two questions through which others reach a person: names, addresses and codes leave signup nowhere else (DESIGN rule 10). */
@Controller()
export class TenantQuestions {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly door: Door,
    private readonly clock: Clock,
  ) {}

  @Answers(ContactCards)
  async contactCards({
    tenant_ids,
  }: QuestionRequest<typeof ContactCards>): Promise<QuestionReply<typeof ContactCards>> {
    return this.door.read('contact-cards', async () => {
      const accounts = await em().find(Account, { tenantId: { $in: tenant_ids } });
      const tenants = await em().find(Tenant, { id: { $in: tenant_ids }, status: { $ne: 'erased' } });
      const emails = new Map(accounts.map((account) => [account.tenantId, account.email]));
      const cards = tenants.flatMap((tenant) => {
        const email = emails.get(tenant.id);
        return email ? [cardOf(tenant, email)] : [];
      });
      return { cards };
    });
  }

  @Answers(VerificationCode)
  async verificationCode(
    request: QuestionRequest<typeof VerificationCode>,
  ): Promise<QuestionReply<typeof VerificationCode>> {
    const { tenant_id: tenantId, verification_id: id } = request;
    return this.door.read('verification-code', async () => {
      const verification = await em().findOne(Verification, { id, tenantId });
      const tenant = await em().findOne(Tenant, { id: tenantId });
      const account = await em().findOne(Account, { tenantId });
      if (!verification?.isCurrent(this.clock.now()) || !tenant || tenant.emailVerifiedAt) return { state: 'obsolete' };
      // A replaced signup's account no longer holds its address; its code must not be mailed to whoever does now.
      if (!account?.claimedEmail) return { state: 'obsolete' };
      return {
        state: 'current',
        email: account.claimedEmail,
        company_name: tenant.companyName,
        code: codeOf(id, this.config.VERIFICATION_SECRET),
        expires_at: verification.expiresAt.toISOString(),
      };
    });
  }
}

function cardOf(tenant: Tenant, email: string): QuestionReply<typeof ContactCards>['cards'][number] {
  return {
    tenant_id: tenant.id,
    email,
    company_name: tenant.companyName,
    plan: tenant.plan,
    status: tenant.status,
    signed_up_at: tenant.createdAt.toISOString(),
    trial_ends_at: tenant.trialEndsAt?.toISOString() ?? null,
  };
}
