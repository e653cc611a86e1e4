import type { Brand, Email } from '../emails/email.js';
import { lintEmail, type LintReport } from './lint-email.js';

/** What is true of every mail of this house: whom it comes from, and where it may link to. */
export interface Sender {
  fromEmail: string;
  replyTo?: string | undefined;
  allowLoopbackLinks: boolean;
}

/** Checks one kind of mail by its sample, as it would leave with this configuration. */
export function lintSample(email: Email, brand: Brand, sender: Sender): LintReport {
  const company = email.sample.to === 'customer' ? email.sample.company : undefined;
  return lintEmail({
    ...email.renderSample(brand),
    from: { email: sender.fromEmail, name: brand.senderName },
    ...(sender.replyTo === undefined ? {} : { replyTo: sender.replyTo }),
    audience: email.to,
    ...(company === undefined ? {} : { company }),
    names: [brand.productName, ...(company === undefined ? [] : [company])],
    allowLoopbackLinks: sender.allowLoopbackLinks,
  });
}
