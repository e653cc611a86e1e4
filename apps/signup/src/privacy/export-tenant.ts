import { Door, em } from '@latchkey/shared/persistence';
import { Injectable } from '@nestjs/common';
import { LoadTenant } from '../tenants/load-tenant.js';
import { Account } from '../tenants/account.entity.js';
import { Session } from '../sessions/session.entity.js';
import { TermsAcceptance } from '../tenants/terms-acceptance.entity.js';

/** Everything signup knows of a customer, as data (S12, GDPR article 20). Documents and questions are workspace's to export. */
@Injectable()
export class ExportTenant {
  constructor(
    private readonly door: Door,
    private readonly loadTenant: LoadTenant,
  ) {}

  async run(tenantId: string): Promise<object> {
    const tenant = await this.loadTenant.run(tenantId);
    return this.door.read('export', async () => {
      const accounts = await em().find(Account, { tenantId });
      const terms = await em().find(TermsAcceptance, { tenantId }, { orderBy: { acceptedAt: 'asc' } });
      const sessions = await em().find(Session, { tenantId }, { orderBy: { createdAt: 'desc' }, limit: 1_000 });
      return {
        tenant: {
          tenant_id: tenant.id,
          company_name: tenant.companyName,
          plan: tenant.plan,
          region: tenant.region,
          status: tenant.status,
          signed_up_at: tenant.createdAt,
          email_verified_at: tenant.emailVerifiedAt ?? null,
          paid_at: tenant.paidAt ?? null,
          trial_ends_at: tenant.trialEndsAt ?? null,
          provisioned_at: tenant.provisionedAt ?? null,
          first_query_at: tenant.firstQueryAt ?? null,
          first_document_at: tenant.firstDocumentAt ?? null,
          activation_completed_at: tenant.activationCompletedAt ?? null,
        },
        accounts: accounts.map(({ id, email, role, createdAt }) => ({
          user_id: id,
          email,
          role,
          created_at: createdAt,
        })),
        terms: terms.map(({ version, acceptedAt, address, userAgent }) => ({
          version,
          accepted_at: acceptedAt,
          address,
          user_agent: userAgent,
        })),
        sessions: sessions.map(({ createdAt, endedAt }) => ({ started_at: createdAt, ended_at: endedAt ?? null })),
      };
    });
  }
}
