import { Breakers } from '@latchkey/shared/breakers';
import { defineService } from '@latchkey/shared/service';
import { createSendGrid, SendGridApi } from '@latchkey/vendor-sendgrid';
import { Alert } from './alerts/alert.entity.js';
import { AlertsController } from './alerts/alerts.controller.js';
import { CloseTicket } from './alerts/close-ticket.js';
import { ListAlerts } from './alerts/list-alerts.js';
import { OpenTickets } from './alerts/open-tickets.js';
import { RaiseAlert } from './alerts/raise-alert.js';
import { Ticket } from './alerts/ticket.entity.js';
import { CONFIG, Config } from './config.js';
import { DeliveryEvent } from './delivery/delivery-event.entity.js';
import { DeliveryJobs } from './delivery/delivery.jobs.js';
import { MeasureDeliverability } from './delivery/measure-deliverability.js';
import { RecordDelivery } from './delivery/record-delivery.js';
import { SendGridWebhookController } from './delivery/sendgrid-webhook.controller.js';
import { WatchDeliverability } from './delivery/watch-deliverability.js';
import { Suppression } from './delivery/suppression.entity.js';
import { refuseUnfitMails } from './deliverability/refuse-unfit-mails.js';
import { GalleryController } from './emails/gallery.controller.js';
import { AnswerFact, FactsConsumer } from './facts.consumer.js';
import { EmailJobs } from './messages/email.jobs.js';
import { FailEmail } from './messages/fail-email.js';
import { FindAddressee } from './messages/find-addressee.js';
import { ListMessages } from './messages/list-messages.js';
import { Message } from './messages/message.entity.js';
import { MessagesController } from './messages/messages.controller.js';
import { QueueEmails } from './messages/queue-emails.js';
import { ResendEmail } from './messages/resend-email.js';
import { SendEmail } from './messages/send-email.js';
import { Migration20261123000001_notifier } from './migrations/Migration20261123000001_notifier.js';
import { Migration20261128000001_lists } from './migrations/Migration20261128000001_lists.js';
import { DiagnosisController } from './operator/diagnosis.controller.js';

/** Every message to a person: mails, alerts, tickets, and what became of them. */
export const notifier = defineService({
  name: 'notifier',
  config: Config,
  guard: refuseUnfitMails,
  entities: [Message, DeliveryEvent, Suppression, Alert, Ticket],
  migrations: [Migration20261123000001_notifier, Migration20261128000001_lists],
  rawBody: true,
  jsonLimit: '4mb',
  module: (config) => ({
    providers: [
      { provide: CONFIG, useValue: config },
      {
        provide: SendGridApi,
        inject: [Breakers],
        useFactory: (breakers: Breakers) =>
          createSendGrid({
            apiKey: config.SENDGRID_API_KEY,
            apiUrl: config.SENDGRID_API_URL,
            breaker: breakers.of('sendgrid'),
          }),
      },
      AnswerFact,
      QueueEmails,
      FindAddressee,
      SendEmail,
      FailEmail,
      EmailJobs,
      RecordDelivery,
      WatchDeliverability,
      MeasureDeliverability,
      DeliveryJobs,
      RaiseAlert,
      OpenTickets,
      CloseTicket,
      ListAlerts,
      ListMessages,
      ResendEmail,
    ],
    controllers: [
      FactsConsumer,
      SendGridWebhookController,
      MessagesController,
      AlertsController,
      DiagnosisController,
      // Shows invented samples only, but a production system need not show even those.
      ...(config.NODE_ENV === 'production' ? [] : [GalleryController]),
    ],
  }),
});
