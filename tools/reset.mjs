// `npm run reset`: removes the local data (databases, streams, sandbox state, secrets, logs), so that the next start is the
// first one again. Downloaded servers and node_modules stay.
import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const dataDir = resolve(process.env.LATCHKEY_DATA_DIR || join(root, '.latchkey'));

if (!existsSync(dataDir)) {
  console.log(`Nothing to remove: ${dataDir} does not exist.`);
  process.exit(0);
}
// A wrong LATCHKEY_DATA_DIR must not cost anybody his home directory.
const known = ['pg', 'nats', 'sandbox', 'logs', 'secrets.json', 'host.lock', 'compile-cache'];
const strangers = readdirSync(dataDir).filter(
  (name) => !known.some((ours) => name === ours || name.startsWith(`${ours}.`)),
);
if (strangers.length > 0) {
  console.error(
    `${dataDir} holds things that are not Latchkey's (${strangers.slice(0, 5).join(', ')}): nothing was removed.`,
  );
  process.exit(1);
}
const holder = runningHost();
if (holder) {
  console.error(`Latchkey is running from ${dataDir} (process ${holder}): stop it first, nothing was removed.`);
  process.exit(1);
}

for (const name of readdirSync(dataDir).sort()) {
  const path = join(dataDir, name);
  // Under root the databases may lie elsewhere, where "nobody" can reach them, with a link in their place.
  const real = lstatSync(path).isSymbolicLink() && existsSync(path) ? realpathSync(path) : path;
  rmSync(real, { recursive: true, force: true });
  rmSync(path, { recursive: true, force: true });
  console.log(`removed ${real}`);
}
rmSync(dataDir, { recursive: true, force: true });
console.log('The next npm start begins anew.');

function runningHost() {
  const file = join(dataDir, 'host.lock');
  if (!existsSync(file)) return undefined;
  let pid;
  try {
    ({ pid } = JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined; // A power cut may leave the lock's name without its content.
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return undefined;
  }
  // After a reboot the number may belong to anybody; Linux lets us look, elsewhere we rather refuse.
  const commandLine = `/proc/${pid}/cmdline`;
  if (existsSync(commandLine) && !readFileSync(commandLine, 'utf8').includes('host/dist/main.js')) return undefined;
  return pid;
}
