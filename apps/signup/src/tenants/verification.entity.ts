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
export class Verification extends VerificationSchema.class {}
VerificationSchema.setClass(Verification);

/** Of a code what decides; issue-code.ts reads it. */
export interface IssuedCode {
  id: string;
  createdAt: Date;
  expiresAt: Date;
  tries: number;
  isOver: boolean;
}

export function isCurrent(issued: IssuedCode, now: Date): boolean {
  return !issued.isOver && issued.expiresAt > now && issued.tries < codeTriesMax;
}

/** `right` and `wrong` are tries, and have to be counted. */
export function checkCode(
  issued: IssuedCode,
  code: string,
  secret: string,
  now: Date,
): 'right' | 'wrong' | 'expired' | 'used_up' {
  if (issued.expiresAt <= now || issued.isOver) return 'expired';
  if (issued.tries >= codeTriesMax) return 'used_up';
  return equalsInConstantTime(code, codeOf(issued.id, secret)) ? 'right' : 'wrong';
}

/** Six digits out of 64 bits of HMAC: the bias of the division is below one in 10^13. */
export function codeOf(verificationId: string, secret: string): string {
  const number = hmacSha256(secret, `verification:${verificationId}`).readBigUInt64BE(0);
  return (number % 1_000_000n).toString().padStart(6, '0');
}
