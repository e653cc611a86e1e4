import createClient from 'openapi-fetch';
import { fetchWithSession } from '../session/session';
import { problemFrom, unreachable } from './problem';
import type { paths as BillingPaths } from './generated/billing-webhooks';
import type { paths as SignupPaths } from './generated/signup';
import type { paths as WorkspacePaths } from './generated/workspace';

/** One client for each service's OpenAPI document; all of them talk to the one origin. Remade by `npm run web:client`. */
export const signup = createClient<SignupPaths>({ fetch: fetchWithSession });
export const billing = createClient<BillingPaths>({ fetch: fetchWithSession });
export const workspace = createClient<WorkspacePaths>({ fetch: fetchWithSession });

interface Answered<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** The answer's data, or a ProblemError: callers need one way to look at what went wrong. */
export async function answer<Data>(request: Promise<Answered<Data>>): Promise<NonNullable<Data>> {
  let result: Answered<Data>;
  try {
    result = await request;
  } catch (error) {
    // fetch throws only when nothing came back, or when a body was not what its type says.
    throw error instanceof SyntaxError ? problemFrom(502, null) : unreachable;
  }
  if (!result.response.ok) throw problemFrom(result.response.status, result.error);
  return (result.data ?? {}) as NonNullable<Data>;
}
