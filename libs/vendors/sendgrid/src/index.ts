export { createSendGrid, SendGridApi, type Mail, type MailAddress, type SendGridConfig } from './sendgrid.js';
export { verifyEventWebhook, type EventWebhookVerdict } from './event-webhook.js';
