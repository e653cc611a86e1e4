import { ContactCards, VerificationCode, type QuestionReply, type QuestionRequest } from '@latchkey/contracts';
import { Answers } from '@latchkey/shared/messaging';
import { Door, em, sql } from '@latchkey/shared/persistence';
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
      // Plain SQL, because every mail begins with this question.
      const cards = await sql<Card>(cardsOf, [tenant_ids]);
      return { cards: cards.map((card) => ({ ...card, ...timesOf(card) })) };
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

type Card = QuestionReply<typeof ContactCards>['cards'][number];

const cardsOf = `select t.id as tenant_id, a.email, t.company_name, t.plan, t.status, t.created_at as signed_up_at, t.trial_ends_at
  from tenant t join account a on a.tenant_id = t.id
  where t.id = any($1) and t.status <> 'erased' and a.email is not null`;

/** The driver returns instants as PostgreSQL writes them. */
function timesOf({ signed_up_at, trial_ends_at }: Card): Pick<Card, 'signed_up_at' | 'trial_ends_at'> {
  const iso = (text: string) => new Date(text).toISOString();
  return { signed_up_at: iso(signed_up_at), trial_ends_at: trial_ends_at && iso(trial_ends_at) };
}
