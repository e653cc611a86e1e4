export { OwnerGuard, SessionTenant } from './owner.guard.js';
export { SessionTokens, type SessionClaims, type SessionIssuer } from './session-tokens.js';
