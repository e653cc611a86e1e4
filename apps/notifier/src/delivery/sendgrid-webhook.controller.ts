import { ProblemError } from '@latchkey/shared/errors';
import { Door } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { verifyEventWebhook } from '@latchkey/vendor-sendgrid';
import { Body, Controller, Headers, HttpCode, Inject, Post, Req, type RawBodyRequest } from '@nestjs/common';
import type { Request } from 'express';
import { CONFIG, type Config } from '../config.js';
import { readDeliveryReport } from './read-delivery-report.js';
import { RecordDelivery } from './record-delivery.js';

/** SendGrid sends a few hundred reports at a time; more than this is not from it. */
const reportsMax = 5_000;

/** A signature's age is a matter of the wire: it follows the machine's time, also while ours is moved for a test or a demo. */
const wireClock = new Clock();

/** SendGrid's door: what became of each mail (VENDORS section 4). Only what SendGrid signed a moment ago comes in. */
@Controller()
export class SendGridWebhookController {
  constructor(
    private readonly door: Door,
    private readonly recordDelivery: RecordDelivery,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post('sendgrid-webhook')
  @HttpCode(204)
  async receive(
    @Req() request: RawBodyRequest<Request>,
    @Body() body: unknown,
    @Headers('x-twilio-email-event-webhook-signature') signature: string | undefined,
    @Headers('x-twilio-email-event-webhook-timestamp') timestamp: string | undefined,
  ): Promise<void> {
    this.verify(request.rawBody, signature, timestamp);
    if (!Array.isArray(body) || body.length > reportsMax) throw new ProblemError('webhook_payload_invalid');
    const reports = body.flatMap((raw) => readDeliveryReport(raw) ?? []);
    if (reports.length > 0) await this.door.commit('sendgrid-webhook', () => this.recordDelivery.run(reports));
  }

  private verify(rawBody: Buffer | undefined, signature: string | undefined, timestamp: string | undefined): void {
    const publicKey = this.config.SENDGRID_WEBHOOK_PUBLIC_KEY;
    // 503, so that SendGrid keeps the batch for its retries (24 h) until the key is configured.
    if (publicKey === undefined)
      throw new ProblemError('unavailable', { detail: 'No key is configured to check event batches with.' });
    const verdict = verifyEventWebhook({
      publicKey,
      signature,
      timestamp,
      rawBody: rawBody ?? '',
      maxAgeSeconds: this.config.SENDGRID_WEBHOOK_MAX_AGE_SECONDS,
      nowMs: wireClock.nowMs(),
    });
    if (verdict.ok) return;
    const detail = verdict.reason === 'too_old' ? 'The batch was signed too long ago.' : undefined;
    throw new ProblemError('webhook_signature_invalid', detail === undefined ? {} : { detail });
  }
}
