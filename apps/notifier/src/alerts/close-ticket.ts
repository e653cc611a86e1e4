import { ProblemError } from '@latchkey/shared/errors';
import { em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { LockMode } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Ticket } from './ticket.entity.js';

/** Somebody looked after the customer. Closing twice is fine. */
@Injectable()
export class CloseTicket {
  constructor(private readonly clock: Clock) {}

  async run(ticketId: string): Promise<{ ticket: Ticket; outcome: 'done' | 'already' }> {
    const ticket = await em().findOne(Ticket, ticketId, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (!ticket) throw new ProblemError('ticket_not_found');
    return { ticket, outcome: ticket.close(this.clock.now()) };
  }
}
