import type { LoginResponse } from '@latchkey/contracts';
import { problemFrom, unreachable } from '../api/problem';

/**
 * Who is logged in, as far as this tab knows. The access token lives in this variable and nowhere else; what survives a
 * reload is the refresh cookie, which no script can read.
 */
export type Session =
  { state: 'unknown' } | { state: 'guest' } | { state: 'member'; tenantId: string; accessToken: string };

let session: Session = { state: 'unknown' };
const listeners = new Set<() => void>();

export function currentSession(): Session {
  return session;
}

export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function startSession({ tenant_id: tenantId, access_token: accessToken }: LoginResponse): void {
  change({ state: 'member', tenantId, accessToken });
}

export function endSession(): void {
  change({ state: 'guest' });
}

function change(next: Session): void {
  session = next;
  listeners.forEach((listener) => listener());
}

let refreshing: Promise<boolean> | undefined;

/**
 * A new access token for the cookie; false when nobody is logged in. Several callers at once share one request, because
 * a refresh token works once. Throws when the gateway cannot be asked: that says nothing about the session.
 */
export function refreshSession(): Promise<boolean> {
  return (refreshing ??= refresh().finally(() => (refreshing = undefined)));
}

async function refresh(): Promise<boolean> {
  const response = await fetch('/api/auth/refresh', { method: 'POST' }).catch(() => {
    throw unreachable;
  });
  if (response.ok) {
    startSession((await response.json()) as LoginResponse);
    return true;
  }
  if (response.status >= 500) throw problemFrom(response.status, null);
  endSession();
  return false;
}

/** Ends it here in any case; while the gateway cannot be reached, its half lives on in the cookie. */
export async function logOut(): Promise<void> {
  const response = await fetch('/api/auth/logout', { method: 'POST' }).catch(() => undefined);
  if (response) leave();
  else endSession();
}

/**
 * To the landing page, loaded anew: nothing this member saw outlives it. Going there inside the application would race
 * with RequireSession, which sends whoever has become a guest to the log-in page.
 */
export function leave(): void {
  globalThis.location.replace('/');
}

/** fetch in the member's name. A token that ran out is renewed once and the request sent again. */
export async function fetchWithSession(request: Request): Promise<Response> {
  // A body can be read once; the second try needs one of its own.
  const again = request.clone();
  const response = await fetch(signed(request));
  if (response.status !== 401 || session.state !== 'member') return response;
  return (await refreshSession()) ? fetch(signed(again)) : response;
}

function signed(request: Request): Request {
  if (session.state === 'member') request.headers.set('authorization', `Bearer ${session.accessToken}`);
  return request;
}
