import { equalsInConstantTime, hmacSha256 } from '@latchkey/shared/crypto';
import { defineEntity, p } from '@mikro-orm/core';

/** Fifteen minutes and five tries (DESIGN section 5): one in 200,000 guesses right per code. */
export const codeLifetimeMs = 15 * 60_000;
export const codeTriesMax = 5;

const VerificationSchema = defineEntity({
  name: 'Verification',
  tableName: 'verification',
  indexes: [{ properties: ['tenantId', 'createdAt'] }],
  properties: {
    id: p.text().primary(),
    tenantId: p.text(),
    createdAt: p.datetime(),
    expiresAt: p.datetime().index(),
    tries: p.integer(),
    usedAt: p.datetime().nullable(),
    replacedAt: p.datetime().nullable(),
  },
});

/** One code that was mailed. The code itself is derived from the id and the secret, and stored nowhere. */
export class Verification extends VerificationSchema.class {
  check(code: string, secret: string, now: Date): 'right' | 'wrong' | 'expired' | 'used_up' {
    if (this.expiresAt <= now || this.replacedAt || this.usedAt) return 'expired';
    if (this.tries >= codeTriesMax) return 'used_up';
    this.tries += 1;
    if (!equalsInConstantTime(code, codeOf(this.id, secret))) return 'wrong';
    this.usedAt = now;
    return 'right';
  }

  triesLeft(): number {
    return Math.max(0, codeTriesMax - this.tries);
  }

  isCurrent(now: Date): boolean {
    return !this.usedAt && !this.replacedAt && this.expiresAt > now && this.tries < codeTriesMax;
  }
}
VerificationSchema.setClass(Verification);

/** Six digits out of 64 bits of HMAC: the bias of the division is below one in 10^13. */
export function codeOf(verificationId: string, secret: string): string {
  const number = hmacSha256(secret, `verification:${verificationId}`).readBigUInt64BE(0);
  return (number % 1_000_000n).toString().padStart(6, '0');
}
