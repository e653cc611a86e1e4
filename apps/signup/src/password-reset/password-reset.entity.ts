import { equalsInConstantTime, hmacSha256 } from '@latchkey/shared/crypto';
import { defineEntity, p } from '@mikro-orm/core';

/** Long enough for a slow mailbox, short enough for a mail that is read by somebody else later (OWASP: minutes, not days). */
export const resetLifetimeMs = 30 * 60_000;

const PasswordResetSchema = defineEntity({
  name: 'PasswordReset',
  tableName: 'password_reset',
  properties: {
    id: p.text().primary(),
    accountId: p.text().index(),
    tenantId: p.text().index(),
    createdAt: p.datetime(),
    expiresAt: p.datetime().index(),
    usedAt: p.datetime().nullable(),
    /** A newer link was asked for, or another one was used. */
    replacedAt: p.datetime().nullable(),
  },
});

/** One link that was mailed. Works once. Its token is derived (below) and stored nowhere, not even as a hash. */
export class PasswordReset extends PasswordResetSchema.class {
  isCurrent(now: Date): boolean {
    return !this.usedAt && !this.replacedAt && this.expiresAt > now;
  }
}
PasswordResetSchema.setClass(PasswordReset);

/** `<id>.<mac>`: 256 bits that nobody can make without the secret, so a stolen database opens no account. */
export function resetTokenOf(resetId: string, secret: string): string {
  return `${resetId}.${hmacSha256(secret, `password-reset:${resetId}`).toString('base64url')}`;
}

/** The id behind a token that we made; null for anything else, before any database is asked. */
export function readResetToken(token: string, secret: string): string | null {
  const [id] = token.split('.', 1);
  return id && equalsInConstantTime(token, resetTokenOf(id, secret)) ? id : null;
}
