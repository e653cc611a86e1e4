import { expect, test } from '@jest/globals';
import { portsFrom, readConfig } from './config.js';

/** What fetch itself says about a port: refused before anything is sent, or nobody listening. */
async function isBlocked(port: number): Promise<boolean> {
  const error = await fetch(`http://127.0.0.1:${port}`, { signal: AbortSignal.timeout(2_000) }).catch(
    (thrown: unknown) => thrown as { cause?: { message?: string } },
  );
  return 'cause' in error && error.cause?.message === 'bad port';
}

function isRefused(base: number): boolean {
  try {
    readConfig({ LATCHKEY_PORT_BASE: String(base) });
    return false;
  } catch (error) {
    expect(String(error)).toMatch(new RegExp(`LATCHKEY_PORT_BASE=${base} would use port \\d+`));
    return true;
  }
}

test('a range with a port that fetch refuses is refused at once, and no other', async () => {
  for (const base of [4_000, 5_990, 6_000, 6_100, 6_534, 6_655, 10_080, 20_000]) {
    const ports = Object.values(portsFrom(base));
    const blocked = (await Promise.all(ports.map(isBlocked))).some(Boolean);
    expect({ base, refused: isRefused(base) }).toEqual({ base, refused: blocked });
  }
});
