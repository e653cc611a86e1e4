import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { ProblemError } from '../errors/problem-error.js';
import type { Clock } from '../time/clock.js';

/** How long the keys of the issuer are trusted before they are fetched again; an unknown key id fetches at once, at most every 5 s. */
const keysMaxAgeMs = 10 * 60_000;
const refetchPauseMs = 5_000;
const fetchTimeoutMs = 3_000;

export interface SessionIssuer {
  /** Where signup publishes the keys that session tokens are signed with. */
  jwksUrl: string;
  /** Who must have issued a token. */
  issuer: string;
}

/** What a session token says of whoever shows it. */
export interface SessionClaims {
  tenantId: string;
  role: string;
}

/** Checks the session tokens that signup issues (DESIGN section 5): EdDSA only, for us, from the issuer, not run out. */
export class SessionTokens {
  private readonly keys: ReturnType<typeof createRemoteJWKSet>;

  constructor(
    private readonly from: SessionIssuer,
    private readonly clock: Clock,
  ) {
    this.keys = createRemoteJWKSet(new URL(from.jwksUrl), {
      cacheMaxAge: keysMaxAgeMs,
      cooldownDuration: refetchPauseMs,
      timeoutDuration: fetchTimeoutMs,
    });
  }

  /** Throws `token_expired`, `unauthorized`, or `unavailable` while the issuer's keys cannot be had. */
  async read(token: string): Promise<SessionClaims> {
    try {
      const { payload } = await jwtVerify(token, this.keys, {
        algorithms: ['EdDSA'],
        audience: 'latchkey',
        issuer: this.from.issuer,
        requiredClaims: ['exp', 'sub'],
        currentDate: this.clock.now(),
      });
      const { tenant_id: tenantId, role } = payload;
      if (typeof tenantId !== 'string' || tenantId === '') throw new ProblemError('unauthorized');
      return { tenantId, role: typeof role === 'string' ? role : '' };
    } catch (error) {
      throw problemOf(error);
    }
  }
}

function problemOf(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof errors.JWTExpired) return new ProblemError('token_expired');
  const keysAreAway = error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError);
  // jose reports an unreachable or broken key endpoint as a plain JOSEError or as fetch's own error.
  if (keysAreAway || error.code === 'ERR_JOSE_GENERIC') {
    return new ProblemError('unavailable', { cause: error, retryAfterSeconds: 5 });
  }
  return new ProblemError('unauthorized');
}
