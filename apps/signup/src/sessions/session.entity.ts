import { defineEntity, p } from '@mikro-orm/core';

/** A lost answer, or two tabs refreshing at once, may show the last token again for this long (Supabase Auth does the same). */
export const reuseGraceMs = 10_000;

const SessionSchema = defineEntity({
  name: 'Session',
  tableName: 'session',
  properties: {
    id: p.text().primary(),
    accountId: p.text().index(),
    tenantId: p.text().index(),
    createdAt: p.datetime(),
    expiresAt: p.datetime().index(),
    /** Counts rotations: the token of an older generation was used before. */
    generation: p.integer(),
    rotatedAt: p.datetime(),
    endedAt: p.datetime().nullable(),
    endedBecause: p.text().$type<'logout' | 'reuse' | 'erasure' | 'password_reset'>().nullable(),
  },
});

/** A login and every refresh token that descends from it. Tokens are derived (see refresh-tokens.ts), never stored. */
export class Session extends SessionSchema.class {
  /**
   * Takes a genuine token of some generation. `again` means: answer with the current token, because the one who asks
   * most likely never saw it. Any older token is a copy in the wrong hands, or the right ones are robbed: the family ends.
   */
  rotate(generation: number, now: Date): 'rotated' | 'again' | 'reused' | 'ended' {
    if (this.endedAt || this.expiresAt <= now) return 'ended';
    if (generation === this.generation) {
      this.generation += 1;
      this.rotatedAt = now;
      return 'rotated';
    }
    const isLast = generation === this.generation - 1;
    if (isLast && now.getTime() - this.rotatedAt.getTime() <= reuseGraceMs) return 'again';
    this.end('reuse', now);
    return 'reused';
  }

  end(reason: 'logout' | 'reuse' | 'erasure', now: Date): void {
    if (this.endedAt) return;
    this.endedAt = now;
    this.endedBecause = reason;
  }
}
SessionSchema.setClass(Session);
