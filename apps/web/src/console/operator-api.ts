import type { ConsoleSession, Owner } from '@latchkey/contracts';
import { asProblem, problemFrom, unreachable } from '../api/problem';
import { queryClient } from '../api/query-client';

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
export const ask = <Answer>(service: Owner, path: string) => ofService<Answer>(service, path);
export const act = (service: Owner, path: string, body: object) => ofService<unknown>(service, path, body);

/** Whoever is not logged in any more is shown the log-in at once, not customers as they were. */
async function ofService<Answer>(service: Owner, path: string, body?: object): Promise<Answer> {
  try {
    return await request<Answer>(`/api/operator/${service}${path}`, body);
  } catch (error) {
    if (asProblem(error).problem.status === 401)
      void queryClient.invalidateQueries({ queryKey: ['console', 'session'] });
    throw error;
  }
}
