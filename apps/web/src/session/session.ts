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

/** The tabs of this browser share one cookie: what one says is the tenant it is for now, or null after a log-out. */
const tabs = new BroadcastChannel('latchkey.session');
tabs.addEventListener('message', ({ data: tenantId }) => {
  if (session.state === 'member' && session.tenantId !== tenantId) toLandingPage();
});

export function startSession({ tenant_id: tenantId, access_token: accessToken }: LoginResponse): void {
  wantLogOut(false);
  change({ state: 'member', tenantId, accessToken });
  tabs.postMessage(tenantId);
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
  if (isLogOutWanted()) {
    if (!(await endedOnServer())) throw unreachable;
    wantLogOut(false);
  }
  const response = await fetch('/api/auth/refresh', { method: 'POST' }).catch(() => {
    throw unreachable;
  });
  if (response.ok) {
    const started = (await response.json()) as LoginResponse;
    if (session.state === 'member' && session.tenantId !== started.tenant_id) {
      // The cookie is somebody else's by now. What was begun here must not be done in their name.
      toLandingPage();
      return false;
    }
    startSession(started);
    return true;
  }
  // Only this says that nobody is logged in; a gateway that is busy or restarts says nothing about it.
  if (response.status !== 401) throw problemFrom(503, null);
  endSession();
  return false;
}

/** Ends it here in any case. What the gateway could not be told now, it is told before anybody is let in again. */
export async function logOut(): Promise<void> {
  if (await endedOnServer()) return leave();
  wantLogOut(true);
  endSession();
  tabs.postMessage(null);
}

async function endedOnServer(): Promise<boolean> {
  const response = await fetch('/api/auth/logout', { method: 'POST' }).catch(() => undefined);
  return response?.ok ?? false;
}

/** In storage that outlives the tab, as the cookie does. Where storage is forbidden, a log-out without a line is lost. */
const wantedKey = 'latchkey.log_out';

function wantLogOut(wanted: boolean): void {
  try {
    if (wanted) localStorage.setItem(wantedKey, 'wanted');
    else localStorage.removeItem(wantedKey);
  } catch {
    // See above.
  }
}

function isLogOutWanted(): boolean {
  try {
    return localStorage.getItem(wantedKey) !== null;
  } catch {
    return false;
  }
}

/** The session is over, in every tab. */
export function leave(): void {
  tabs.postMessage(null);
  toLandingPage();
}

/**
 * Loaded anew: nothing this member saw outlives it. Going there inside the application would race with RequireSession,
 * which sends whoever has become a guest to the log-in page.
 */
function toLandingPage(): void {
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
