import { equalsInConstantTime, hmacSha256 } from '@latchkey/shared/crypto';

/**
 * `<session>.<generation>.<mac>`. Tokens are derived and never stored: a stolen database holds none, and a client whose
 * answer was lost can be given the very same token again, which a random one kept as a hash would not allow.
 */
export function refreshTokenOf(sessionId: string, generation: number, secret: string): string {
  const body = `${sessionId}.${generation}`;
  return `${body}.${hmacSha256(secret, `refresh:${body}`).toString('base64url')}`;
}

/** Reads a token that we made; null for anything else, before any database is asked. */
export function readRefreshToken(token: string, secret: string): { sessionId: string; generation: number } | null {
  const [sessionId, number] = token.split('.', 2);
  const generation = Number(number);
  if (!sessionId || !Number.isSafeInteger(generation) || generation < 0) return null;
  return equalsInConstantTime(token, refreshTokenOf(sessionId, generation, secret)) ? { sessionId, generation } : null;
}
