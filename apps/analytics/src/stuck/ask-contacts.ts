import { ContactCards, type ContactCard } from '@latchkey/contracts';
import { Questions, QuestionUnanswered } from '@latchkey/shared/messaging';
import { Log } from '@latchkey/shared/observability';
import { Injectable } from '@nestjs/common';

/** What the question takes at once. */
const askMax = 500;

/** Asks signup who these tenants are, at the moment a person wants to write to them; nothing of it is kept (DESIGN rule 10). */
@Injectable()
export class AskContacts {
  constructor(
    private readonly questions: Questions,
    private readonly log: Log,
  ) {}

  /** Null when signup is not answering. A tenant without a card is erased or unknown. */
  async run(tenantIds: readonly string[]): Promise<Map<string, ContactCard> | null> {
    const chunks: string[][] = [];
    for (let i = 0; i < tenantIds.length; i += askMax) chunks.push(tenantIds.slice(i, i + askMax));
    try {
      const replies = await Promise.all(chunks.map((tenant_ids) => this.questions.ask(ContactCards, { tenant_ids })));
      return new Map(replies.flatMap(({ cards }) => cards.map((card) => [card.tenant_id, card])));
    } catch (error) {
      if (!(error instanceof QuestionUnanswered)) throw error;
      this.log.warn('Signup does not say who the stuck customers are.', { err: error });
      return null;
    }
  }
}
