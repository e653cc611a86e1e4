import { ContactCards, VerificationCode, type QuestionReply, type QuestionRequest } from '@latchkey/contracts';
import { Answers } from '@latchkey/shared/messaging';
import { Door, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Controller, Inject } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { type CodeRow, issuedCodeOf } from '../onboarding/issue-code.js';
import { codeOf, isCurrent } from './verification.entity.js';

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
      const [row] = await sql<CodeRow & { email: string; company_name: string }>(codeToMail, [tenantId, id]);
      const issued = row && issuedCodeOf(row);
      if (!row || !issued || !isCurrent(issued, this.clock.now())) return { state: 'obsolete' };
      return {
        state: 'current',
        email: row.email,
        company_name: row.company_name,
        code: codeOf(id, this.config.VERIFICATION_SECRET),
        expires_at: issued.expiresAt.toISOString(),
      };
    });
  }
}

/** A replaced signup's account no longer holds its address; its code must not be mailed to whoever does now. */
const codeToMail = `select v.id, v.created_at, v.expires_at, v.tries, v.used_at is not null or v.replaced_at is not null as is_over,
    a.claimed_email as email, t.company_name
  from verification v join tenant t on t.id = v.tenant_id join account a on a.tenant_id = t.id
  where v.id = $2 and v.tenant_id = $1 and t.email_verified_at is null and a.claimed_email is not null`;

type Card = QuestionReply<typeof ContactCards>['cards'][number];

const cardsOf = `select t.id as tenant_id, a.email, t.email_verified_at is not null as email_verified, t.company_name, t.plan, t.status, t.created_at as signed_up_at, t.trial_ends_at
  from tenant t join account a on a.tenant_id = t.id
  where t.id = any($1) and t.status <> 'erased' and a.email is not null`;

/** The driver returns instants as PostgreSQL writes them. */
function timesOf({ signed_up_at, trial_ends_at }: Card): Pick<Card, 'signed_up_at' | 'trial_ends_at'> {
  const iso = (text: string) => new Date(text).toISOString();
  return { signed_up_at: iso(signed_up_at), trial_ends_at: trial_ends_at && iso(trial_ends_at) };
}
