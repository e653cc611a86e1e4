import { once } from 'node:events';
import { rmSync } from 'node:fs';

export default async function stopSystem() {
  const system = globalThis.webSystem;
  if (!system) return;
  const { host, dataDir } = system;
  if (host.exitCode === null) {
    const gone = once(host, 'exit');
    host.kill('SIGTERM');
    await gone;
  }
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
}
