import { PineconeError } from './errors.js';

export interface Page {
  readonly names: string[];
  readonly pagination?: { readonly next: string };
}

/** One page of sorted names. The token is the last name of the page before, so names that come and go break nothing. */
export function pageOf(sorted: readonly string[], limit: number, token: string | undefined, prefix = ''): Page {
  const after = token === undefined ? undefined : Buffer.from(token, 'base64url').toString('utf8');
  if (after === '') throw new PineconeError(400, 'Invalid pagination token');
  const rest = sorted.filter((name) => name.startsWith(prefix) && (after === undefined || name > after));
  const names = rest.slice(0, limit);
  const last = names.at(-1);
  if (last === undefined || rest.length <= limit) return { names };
  return { names, pagination: { next: Buffer.from(last, 'utf8').toString('base64url') } };
}
