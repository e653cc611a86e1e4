import { hmacSha256 } from '@latchkey/shared/crypto';
import { defineEntity, p } from '@mikro-orm/core';

const SuppressionSchema = defineEntity({
  name: 'Suppression',
  tableName: 'suppression',
  properties: {
    addressHash: p.text().primary(),
    reason: p.text(),
    /** The mail that taught us. */
    messageId: p.text(),
    createdAt: p.datetime(),
  },
});

/**
 * An address that must get no more mail: it bounced, or its owner called us spam. Kept as a keyed hash, so that the
 * table names nobody and outlives an erasure without being personal data in clear.
 */
export class Suppression extends SuppressionSchema.class {}
SuppressionSchema.setClass(Suppression);

export function hashAddress(address: string, secret: string): string {
  return hmacSha256(secret, address.trim().toLowerCase()).toString('hex');
}
