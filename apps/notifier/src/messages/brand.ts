import type { Config } from '../config.js';
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
