import { FindTenants, SignupDiagnosis, type QuestionReply, type QuestionRequest } from '@latchkey/contracts';
import { Answers } from '@latchkey/shared/messaging';
import { ReadDeadLetters } from '@latchkey/shared/operator';
import { Door, em } from '@latchkey/shared/persistence';
import { Controller } from '@nestjs/common';
import { Account, normaliseEmail } from '../tenants/account.entity.js';
import { Tenant } from '../tenants/tenant.entity.js';

const tenantsMax = 20;

/** What the tenant doctor asks of signup: the lifecycle, and whose an address is. */
@Controller()
export class DiagnosisController {
  constructor(
    private readonly door: Door,
    private readonly deadLetters: ReadDeadLetters,
  ) {}

  @Answers(SignupDiagnosis)
  async diagnosis({
    tenant_id,
  }: QuestionRequest<typeof SignupDiagnosis>): Promise<QuestionReply<typeof SignupDiagnosis>> {
    const tenant = await this.door.read('diagnosis', () => em().findOne(Tenant, { id: tenant_id }));
    const iso = (at: Date | null | undefined) => at?.toISOString() ?? null;
    return {
      tenant: tenant && {
        status: tenant.status,
        plan: tenant.plan,
        signed_up_at: tenant.signedUpAt.toISOString(),
        email_verified_at: iso(tenant.emailVerifiedAt),
        paid_at: iso(tenant.paidAt),
        cleared_at: iso(tenant.clearedAt),
        provisioned_at: iso(tenant.provisionedAt),
        provisioning_error: tenant.provisioningError ?? null,
        compensated_at: iso(tenant.compensatedAt),
        refunded_cents: tenant.refundedCents ?? null,
        first_query_attempted_at: iso(tenant.firstQueryAttemptedAt),
        first_query_at: iso(tenant.firstQueryAt),
        first_document_at: iso(tenant.firstDocumentAt),
        activation_completed_at: iso(tenant.activationCompletedAt),
      },
      dead_letters: await this.deadLetters.ofTenant(tenant_id),
    };
  }

  @Answers(FindTenants)
  async find({ email }: QuestionRequest<typeof FindTenants>): Promise<QuestionReply<typeof FindTenants>> {
    return this.door.read('find-tenants', async () => {
      const accounts = await em().find(Account, { email: normaliseEmail(email) }, { limit: tenantsMax });
      const ids = accounts.map(({ tenantId }) => tenantId);
      const tenants = await em().find(Tenant, { id: { $in: ids } }, { orderBy: { signedUpAt: 'desc' } });
      return {
        tenants: tenants.map(({ id, status, signedUpAt }) => ({
          tenant_id: id,
          status,
          signed_up_at: signedUpAt.toISOString(),
        })),
      };
    });
  }
}
