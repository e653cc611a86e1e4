import { ProblemError } from '@latchkey/shared/errors';
import { Clock } from '@latchkey/shared/time';
import { Inject, Injectable } from '@nestjs/common';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { CONFIG, type Config } from '../config.js';

/** How long the keys of the issuer are trusted before they are fetched again; an unknown key id fetches at once, at most every 5 s. */
const keysMaxAgeMs = 10 * 60_000;
const refetchPauseMs = 5_000;
const fetchTimeoutMs = 3_000;

/** Checks the session tokens that signup issues (DESIGN section 5): EdDSA only, for us, from the issuer, not run out. */
@Injectable()
export class SessionTokens {
  private readonly keys: ReturnType<typeof createRemoteJWKSet>;
  private readonly issuer: string;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly clock: Clock,
  ) {
    this.issuer = config.JWT_ISSUER ?? config.PUBLIC_URL;
    this.keys = createRemoteJWKSet(new URL(config.JWKS_URL), {
      cacheMaxAge: keysMaxAgeMs,
      cooldownDuration: refetchPauseMs,
      timeoutDuration: fetchTimeoutMs,
    });
  }

  /** The tenant a token speaks for. */
  async tenantOf(token: string): Promise<string> {
    try {
      const { payload } = await jwtVerify(token, this.keys, {
        algorithms: ['EdDSA'],
        audience: 'latchkey',
        issuer: this.issuer,
        requiredClaims: ['exp', 'sub'],
        currentDate: this.clock.now(),
      });
      const tenantId = payload['tenant_id'];
      if (typeof tenantId !== 'string' || tenantId === '') throw new ProblemError('unauthorized');
      return tenantId;
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
