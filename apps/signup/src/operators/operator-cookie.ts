import type { CookieOptions, Request } from 'express';
import { operatorSessionMs } from './operator-sessions.js';

/** The cookie of the console. Over https its name binds it to this very host; a browser takes no such name over http. */
export function operatorCookie(publicUrl: string): { name: string; options: CookieOptions } {
  const secure = publicUrl.startsWith('https:');
  return {
    name: secure ? '__Host-lk_operator' : 'lk_operator',
    options: { httpOnly: true, sameSite: 'strict', path: '/', secure, maxAge: operatorSessionMs },
  };
}

/** Read by hand, because the gateway stands before the cookie parser. */
export function operatorTokenOf(request: Request, name: string): string | null {
  for (const part of (request.get('cookie') ?? '').split(';')) {
    const at = part.indexOf('=');
    if (part.slice(0, at).trim() !== name) continue;
    const token = part.slice(at + 1).trim();
    return /^[\w-]{20,100}$/.test(token) ? token : null;
  }
  return null;
}
