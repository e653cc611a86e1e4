import type { Breaker } from '@latchkey/shared/breakers';
import { measureVendorCall, vendorUnits } from '@latchkey/shared/observability';
import Client from '@sendgrid/client/src/classes/client.js';
import type mailService from '@sendgrid/mail';
import MailService from '@sendgrid/mail/src/classes/mail-service.js';
import { sendGridFailure } from './sendgrid-errors.js';

export interface SendGridConfig {
  apiKey: string;
  /** Where SendGrid is. Left out: the true SendGrid, worldwide region. */
  apiUrl?: string | undefined;
  timeoutMs?: number | undefined;
  /** Undefined: every call is made, however the ones before it ended. */
  breaker: Breaker | undefined;
}

export interface MailAddress {
  email: string;
  name?: string | undefined;
}

export interface Mail {
  to: MailAddress;
  from: MailAddress;
  replyTo?: MailAddress | undefined;
  subject: string;
  html: string;
  text: string;
  /** At most 10, for statistics. Visible to SendGrid's staff and kept long: no personal data (VENDORS 4). */
  categories: string[];
  /** Come back with every event of this mail: put our own message id here, and no personal data. */
  customArgs: Record<string, string>;
  tracking: { opens: boolean; clicks: boolean };
}

/** Opens SendGrid for one API key, on a client of its own: the packages' default one is shared by the whole process. */
export function createSendGrid(config: SendGridConfig): SendGridApi {
  const timeoutMs = config.timeoutMs ?? 10_000;
  const client = new Client();
  client.setApiKey(config.apiKey);
  // After setApiKey, never before: it resets the address to the true SendGrid, and a local system would mail for real.
  const baseUrl = config.apiUrl ?? 'https://api.sendgrid.com/';
  client.setDefaultRequest('baseUrl', baseUrl);
  const mails = new MailService();
  mails.setClient(client);
  mails.setTimeout(timeoutMs);
  return new SendGridApi(mails, timeoutMs + 1_000, config.breaker);
}

/** Sends mail. SendGrid has no idempotency key and its SDK no retry: nothing in here ever sends a mail twice. */
export class SendGridApi {
  constructor(
    private readonly mails: typeof mailService,
    private readonly deadlineMs: number,
    private readonly breaker?: Breaker,
  ) {}

  /**
   * Hands over one mail. On `outcomeUnknown` it may be on its way: wait for its events (custom argument) before sending
   * it again, or accept the chance of a second copy.
   */
  async send(mail: Mail): Promise<{ messageId: string | null }> {
    const operation = 'mail.send';
    const { tracking, replyTo, to, from, ...content } = mail;
    const data = {
      ...content,
      to: address(to),
      from: address(from),
      ...(replyTo === undefined ? {} : { replyTo: address(replyTo) }),
      trackingSettings: {
        clickTracking: { enable: tracking.clicks, enableText: false },
        openTracking: { enable: tracking.opens },
      },
    };
    const translate = (error: unknown) => sendGridFailure(operation, error);
    const call = { vendor: 'sendgrid', operation, deadlineMs: this.deadlineMs, translate, breaker: this.breaker };
    const [response] = await measureVendorCall(call, () => this.mails.send(data));
    vendorUnits.inc({ vendor: 'sendgrid', unit: 'mails' });
    const headers: Record<string, unknown> = response.headers;
    return { messageId: typeof headers['x-message-id'] === 'string' ? headers['x-message-id'] : null };
  }
}

/** The SDK refuses a name that is present but undefined only by luck of its typings; leave it out instead. */
function address({ email, name }: MailAddress): { email: string; name?: string } {
  return name === undefined || name === '' ? { email } : { email, name };
}
