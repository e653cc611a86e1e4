import type { Config } from '../config.js';
import type { Sender } from '../deliverability/lint-sample.js';
import type { Brand } from '../emails/email.js';

/** The house as the mails name it. */
export function brandOf(config: Config): Brand {
  const publicUrl = config.PUBLIC_URL.replace(/\/+$/, '');
  return {
    productName: config.PRODUCT_NAME,
    publicUrl,
    docsUrl: config.DOCS_URL.replace(/\/+$/, ''),
    dpaUrl: config.DPA_URL ?? `${publicUrl}/legal/data-processing-agreement`,
    senderName: config.FROM_NAME,
  };
}

/** Whom the mails come from, as the deliverability check needs it. */
export function senderOf(config: Config): Sender {
  return {
    fromEmail: config.FROM_EMAIL,
    replyTo: config.REPLY_TO,
    // On a developer's machine and in tests, links lead back to that machine.
    allowLoopbackLinks: config.NODE_ENV !== 'production',
  };
}
