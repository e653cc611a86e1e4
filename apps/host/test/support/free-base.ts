import { isPortFree } from '@latchkey/local';
import { portsFrom } from '../../src/config.js';

/** A port base with all of the system's ports free, below the range the machine takes outgoing ports from. */
export async function freeBase(): Promise<number> {
  for (;;) {
    const candidate = 20_000 + Math.floor(Math.random() * 300) * 40;
    const free = await Promise.all(Object.values(portsFrom(candidate)).map(isPortFree));
    if (free.every(Boolean)) return candidate;
  }
}
