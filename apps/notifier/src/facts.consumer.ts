import { eventsByType } from '@latchkey/contracts';
import { OnEvent, type Fact } from '@latchkey/shared/messaging';
import { Controller, Injectable } from '@nestjs/common';
import { OpenTickets } from './alerts/open-tickets.js';
import { ticketRules } from './alerts/rules.js';
import { emails } from './emails/registry.js';
import { QueueEmails } from './messages/queue-emails.js';

/** Answers a fact with everything that is listed for it: mails and tickets, in the consumer's one commit. */
@Injectable()
export class AnswerFact {
  constructor(
    private readonly queueEmails: QueueEmails,
    private readonly openTickets: OpenTickets,
  ) {}

  async run(fact: Fact): Promise<void> {
    await this.queueEmails.run(fact);
    await this.openTickets.run(fact);
  }
}

/**
 * Listens to whatever the mails' and the ticket rules' `on` name: the lists are the subscriptions, and nobody has to
 * keep a third list in step with them. Our own facts are missing here, because they are answered in the very commit
 * that records them (`FailEmail`).
 */
@Controller()
export class FactsConsumer {
  constructor(private readonly answerFact: AnswerFact) {}

  async answer(_data: unknown, fact: Fact): Promise<void> {
    await this.answerFact.run(fact);
  }
}

const listed = [...emails.flatMap((email) => email.on), ...ticketRules.map((rule) => rule.on)];
const subscribed = new Set(listed.filter((event) => event.owner !== 'notifier').map((event) => event.type));
for (const type of subscribed) {
  const event = eventsByType.get(type);
  if (!event) throw new Error(`${type} is named by a mail or a rule, but not in the catalogue of events`);
  // Nest writes the subscription on the function itself: each event gets a function of its own, all doing the same.
  const value = function (this: FactsConsumer, data: unknown, fact: Fact): Promise<void> {
    return this.answer(data, fact);
  };
  const descriptor = { value, writable: true, configurable: true };
  const method = `answer ${type}`;
  Object.defineProperty(FactsConsumer.prototype, method, descriptor);
  OnEvent(event)(FactsConsumer.prototype, method, descriptor);
}
