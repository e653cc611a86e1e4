import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** Signup as far as other services know it: who signs session tokens, and where its public keys are. */
export interface SessionIssuer {
  jwksUrl: string;
  sign(claims: Record<string, unknown>, expiresAtMs: number): Promise<string>;
  stop(): void;
}

/** Publishes a key of its own; `issuer` is what the tokens say about who made them. */
export async function startSessionIssuer(issuer: string): Promise<SessionIssuer> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'EdDSA', use: 'sig' }] });
  const server = createServer((_request, response) => response.setHeader('content-type', 'application/json').end(jwks));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/.well-known/jwks.json`,
    sign: (claims, expiresAtMs) =>
      new SignJWT({ iss: issuer, aud: 'latchkey', sub: 'user_1', role: 'admin', ...claims })
        .setProtectedHeader({ alg: 'EdDSA', kid: 'k1' })
        .setExpirationTime(Math.floor(expiresAtMs / 1_000))
        .sign(privateKey),
    stop: () => server.close(),
  };
}
