import type { Request } from 'express';
import { isIPv6 } from 'node:net';

/** Who sends a request, as far as it can be known; stored with terms and audit rows, and counted by limits. */
export interface Caller {
  address: string;
  /** What limits count by: see `networkOf`. */
  network: string;
  userAgent: string;
}

/** `request.ip` believes X-Forwarded-For only as far as TRUST_PROXY says. */
export function callerOf(request: Request): Caller {
  const address = request.ip ?? 'unknown';
  return { address, network: networkOf(address), userAgent: (request.get('user-agent') ?? '').slice(0, 300) };
}

/**
 * The address itself, or of an IPv6 one its first half: every household and every rented server has the other half to
 * itself, more addresses than anybody can count by. An IPv4 address in IPv6 dress is the same one without it.
 */
export function networkOf(address: string): string {
  const dressed = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (dressed) return dressed;
  const [bare = ''] = address.split('%', 1);
  if (!isIPv6(bare)) return address;
  // The URL parser writes every address in one way.
  const [front = [], back] = new URL(`http://[${bare}]`).hostname
    .slice(1, -1)
    .split('::')
    .map((part) => (part === '' ? [] : part.split(':')));
  const zeros = back ? Array.from({ length: 8 - front.length - back.length }, () => '0') : [];
  return `${[...front, ...zeros, ...(back ?? [])].slice(0, 4).join(':')}::/64`;
}
