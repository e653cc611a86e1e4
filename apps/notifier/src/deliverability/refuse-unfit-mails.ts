import { ConfigError } from '@latchkey/shared/config';
import type { Config } from '../config.js';
import { emails } from '../emails/registry.js';
import { brandOf, senderOf } from '../messages/brand.js';
import { lintSample } from './lint-sample.js';

/**
 * A production system does not start with a configuration that would send its mails to the spam folder: links without
 * TLS, shortened links, a sender without a name (F5). Everywhere else the gallery shows the same findings.
 */
export function refuseUnfitMails(config: Config): void {
  if (config.NODE_ENV !== 'production') return;
  const unfit = emails.flatMap((email) => {
    const { passed, score, findings } = lintSample(email, brandOf(config), senderOf(config));
    return passed
      ? []
      : [`${email.name} scores ${score} (${findings.map(({ rule, evidence }) => `${rule}: ${evidence}`).join(', ')})`];
  });
  if (unfit.length > 0)
    throw new ConfigError(`With this configuration mails would be taken for spam: ${unfit.join('; ')}.`);
}
