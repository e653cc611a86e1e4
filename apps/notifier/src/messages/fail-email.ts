import { EmailFailed } from '@latchkey/contracts';
import { Clock } from '@latchkey/shared/time';
import { Injectable } from '@nestjs/common';
import { RaiseAlert } from '../alerts/raise-alert.js';
import { emailNamed } from '../emails/registry.js';
import type { Message } from './message.entity.js';
import { emailsTotal } from './metrics.js';
import { QueueEmails } from './queue-emails.js';

/**
 * A mail is given up: everybody may know, ops must (F5), and nothing else stops. The mail to ops is queued in the same
 * commit, unless it is itself what failed: then the alert has to do, or two broken mails would call each other for ever.
 */
@Injectable()
export class FailEmail {
  constructor(
    private readonly raiseAlert: RaiseAlert,
    private readonly queueEmails: QueueEmails,
    private readonly clock: Clock,
  ) {}

  async run(message: Message, reason: string): Promise<void> {
    if (message.fail(reason) === 'already') return;
    emailsTotal.inc({ template: message.template, outcome: 'failed' });
    const email = emailNamed(message.template);
    await this.raiseAlert.mailFailed(message, reason, email?.critical ?? false);
    if (email?.to === 'ops') return;
    const data = { message_id: message.id, template: message.template, reason };
    const { id, tenantId } = message;
    await this.queueEmails.run({ id, type: EmailFailed.type, time: this.clock.nowIso(), tenantId, data });
  }
}
