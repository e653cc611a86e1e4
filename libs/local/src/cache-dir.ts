import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where downloaded binaries are kept for every clone of this user: `LATCHKEY_CACHE_DIR`, else `~/.cache/latchkey`. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  const chosen = env['LATCHKEY_CACHE_DIR'];
  if (chosen) return resolve(chosen);
  return join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'latchkey');
}
