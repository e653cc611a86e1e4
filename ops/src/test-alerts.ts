import { findPrometheus } from '@latchkey/local';
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { repoDir } from './repo.js';

// `npm run alerts:test`: the rules' unit tests alone. Fetches promtool into the cache when the machine has none.
const promtool = await findPrometheus('promtool', console.error);
for (const args of [
  ['check', 'rules', '--lint=all', ...globSync('ops/alerts/*.yml', { cwd: repoDir })],
  ['test', 'rules', ...globSync('ops/alerts/tests/*.test.yml', { cwd: repoDir })],
]) {
  const { status } = spawnSync(promtool, args, { cwd: repoDir, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
