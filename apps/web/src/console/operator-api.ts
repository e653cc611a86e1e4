import type { ConsoleSession, Owner } from '@latchkey/contracts';
import { problemFrom, unreachable } from '../api/problem';

/** Written out: the contracts' own list would bring every contract into the browser. */
export const services = [
  'signup',
  'billing-webhooks',
  'provisioner',
  'workspace',
  'notifier',
  'analytics',
] as const satisfies readonly Owner[];

/**
 * One request in the operator's name. Who that is says the cookie, which no script reads; the gateway adds the rest
 * (apps/signup/src/gateway/operator-gateway.ts). Throws ProblemError, as every request of this application.
 */
async function request<Answer>(path: string, body?: object): Promise<Answer> {
  const response = await fetch(path, {
    method: body ? 'POST' : 'GET',
    ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
  }).catch(() => {
    throw unreachable;
  });
  const answer: unknown = await response.json().catch(() => null);
  if (!response.ok) throw problemFrom(response.status, answer);
  return answer as Answer;
}

export const session = () => request<ConsoleSession>('/api/console/session');
export const logIn = (login: { email: string; password: string }) =>
  request<ConsoleSession>('/api/console/login', login);
export const logOut = () => request<null>('/api/console/logout', {});

/** Asks one service; `path` is the service's own, as its README and the doctor's actions name it. */
export const ask = <Answer>(service: Owner, path: string) => request<Answer>(`/api/operator/${service}${path}`);
export const act = (service: Owner, path: string, body: object) =>
  request<unknown>(`/api/operator/${service}${path}`, body);
