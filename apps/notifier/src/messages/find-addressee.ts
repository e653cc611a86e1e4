import { ContactCards, PasswordResetLink, VerificationCode } from '@latchkey/contracts';
import { Questions } from '@latchkey/shared/messaging';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { CONFIG, type Config } from '../config.js';
import { unprovedCompany, type Addressee } from '../emails/email.js';

/** What of a fact says which code, or which link, is meant. */
const VerificationFact = z.object({ verification_id: z.string() });
const ResetFact = z.object({ reset_id: z.string() });

/**
 * Asks signup who is to be addressed, at the moment of addressing (DESIGN rule 10): the answer lives as long as the
 * sending and is written nowhere. Throws QuestionUnanswered when signup is away.
 */
@Injectable()
export class FindAddressee {
  constructor(
    private readonly questions: Questions,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async run(to: Addressee['to'], tenantId: string, factData: unknown): Promise<Addressee | 'obsolete' | 'no_contact'> {
    switch (to) {
      case 'ops':
        return { to, email: this.config.OPS_EMAIL };
      case 'unverified': {
        const { verification_id } = VerificationFact.parse(factData);
        const reply = await this.questions.ask(VerificationCode, { tenant_id: tenantId, verification_id });
        if (reply.state === 'obsolete') return 'obsolete';
        return { to, email: reply.email, code: reply.code, expires_at: reply.expires_at };
      }
      case 'resetting': {
        const { reset_id } = ResetFact.parse(factData);
        const reply = await this.questions.ask(PasswordResetLink, { tenant_id: tenantId, reset_id });
        if (reply.state === 'obsolete') return 'obsolete';
        return { to, email: reply.email, token: reply.token, expires_at: reply.expires_at };
      }
      case 'customer': {
        const { cards } = await this.questions.ask(ContactCards, { tenant_ids: [tenantId] });
        const card = cards.find((candidate) => candidate.tenant_id === tenantId);
        if (!card) return 'no_contact';
        const { email, email_verified, plan, status, trial_ends_at, company_name } = card;
        const company = email_verified === false ? unprovedCompany : company_name;
        return { to, email, company, plan, status, trial_ends_at };
      }
    }
  }
}
