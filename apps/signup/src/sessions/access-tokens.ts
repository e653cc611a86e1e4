import type { LoginResponse } from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { Clock } from '@latchkey/shared/time';
import { Inject, Injectable } from '@nestjs/common';
import { createLocalJWKSet, errors, importJWK, jwtVerify, SignJWT, type JSONWebKeySet } from 'jose';
import { CONFIG, type Config } from '../config.js';
import type { Account } from '../tenants/account.entity.js';

/** Whom tokens are for: every service of this house that answers customers. */
const audience = 'latchkey';
const algorithm = 'EdDSA';

export interface Claims {
  accountId: string;
  tenantId: string;
  role: string;
}

/** Signs and reads the short-lived tokens of a session. Others verify them by `/.well-known/jwks.json`. */
@Injectable()
export class AccessTokens {
  private readonly privateKey: ReturnType<typeof importJWK>;
  private readonly keys: ReturnType<typeof createLocalJWKSet>;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly clock: Clock,
  ) {
    const { kty, crv, x, d } = config.JWT_PRIVATE_JWK;
    this.privateKey = importJWK({ kty, crv, x, d }, algorithm);
    this.keys = createLocalJWKSet(this.publicKeys());
  }

  async sign(claims: Claims): Promise<string> {
    const issuedAt = Math.floor(this.clock.nowMs() / 1_000);
    return new SignJWT({ tenant_id: claims.tenantId, role: claims.role })
      .setProtectedHeader({ alg: algorithm, kid: this.config.JWT_PRIVATE_JWK.kid, typ: 'JWT' })
      .setSubject(claims.accountId)
      .setIssuer(this.config.PUBLIC_URL)
      .setAudience(audience)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + this.config.JWT_ACCESS_TTL_SECONDS)
      .sign(await this.privateKey);
  }

  /** What a client gets for a password or a refresh token. */
  async answerFor(account: Account): Promise<LoginResponse> {
    const { id: accountId, tenantId, role } = account;
    return {
      access_token: await this.sign({ accountId, tenantId, role }),
      token_type: 'Bearer',
      expires_in: this.config.JWT_ACCESS_TTL_SECONDS,
      tenant_id: tenantId,
      role,
    };
  }

  /** The algorithm is ours to say, never the token's (ASVS 9.1.2). */
  async verify(token: string): Promise<Claims> {
    try {
      const { payload } = await jwtVerify(token, this.keys, {
        algorithms: [algorithm],
        issuer: this.config.PUBLIC_URL,
        audience,
        requiredClaims: ['sub', 'exp'],
        currentDate: this.clock.now(),
      });
      const { sub, tenant_id: tenantId, role } = payload;
      if (typeof sub !== 'string' || typeof tenantId !== 'string' || typeof role !== 'string')
        throw new ProblemError('unauthorized');
      return { accountId: sub, tenantId, role };
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw new ProblemError('token_expired', { cause: error });
      if (error instanceof errors.JOSEError) throw new ProblemError('unauthorized', { cause: error });
      throw error;
    }
  }

  /** All that may have signed a token that is out: while the key is changed, replicas sign with either. */
  publicKeys(): JSONWebKeySet {
    const { JWT_PRIVATE_JWK: signing, JWT_OTHER_PUBLIC_JWKS: others } = this.config;
    return {
      keys: [signing, ...(others?.keys ?? [])].map(({ kty, crv, x, kid }) => ({
        kty,
        crv,
        x,
        kid,
        alg: algorithm,
        use: 'sig',
      })),
    };
  }
}
