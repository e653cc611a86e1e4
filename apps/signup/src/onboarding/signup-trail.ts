import { hmacSha256 } from '@latchkey/shared/crypto';
import { newId } from '@latchkey/shared/ids';
import { em } from '@latchkey/shared/persistence';
import { SignupAudit } from '../tenants/signup-audit.entity.js';
import type { Caller } from '../gateway/caller.js';

export interface SignupAttempt {
  outcome: string;
  email: string;
  tenantId: string | null;
  caller: Caller;
  now: Date;
  secret: string;
}

/** Adds a line to the audit trail in the open commit. */
export function auditSignup(attempt: SignupAttempt): void {
  em().create(SignupAudit, {
    id: newId('audit'),
    at: attempt.now,
    outcome: attempt.outcome,
    emailHash: auditHashOf(attempt.email, attempt.secret),
    tenantId: attempt.tenantId,
    address: attempt.caller.address,
    userAgent: attempt.caller.userAgent,
  });
}

/** How an address is looked up in the trail. */
export function auditHashOf(email: string, secret: string): string {
  return hmacSha256(secret, `audit:${email}`).toString('base64url');
}
