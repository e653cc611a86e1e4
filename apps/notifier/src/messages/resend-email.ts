import { ProblemError } from '@latchkey/shared/errors';
import { enqueue } from '@latchkey/shared/jobs';
import { em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { LockMode } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Message } from './message.entity.js';
import { SendEmailJob } from './send-email.job.js';

/** An operator's "try again" for a mail that was given up. Only for those: every other mail takes care of itself. */
@Injectable()
export class ResendEmail {
  constructor(private readonly clock: Clock) {}

  async run(messageId: string): Promise<Message> {
    const message = await em().findOne(Message, messageId, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (!message) throw new ProblemError('message_not_found');
    if (message.requeue(this.clock.now()) === 'already') throw new ProblemError('message_not_failed');
    enqueue(SendEmailJob, { message_id: message.id });
    return message;
  }
}
