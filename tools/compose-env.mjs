// Makes what docker compose reads from the environment and nobody may commit: keys, passwords and ports. Safe to repeat:
// secrets that are there stay. `npm run compose` does it before each start.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createUser } from '@nats-io/nkeys';
import { loadSecrets } from '../apps/host/dist/secrets.js';
import { busIdentities, owners, portOffsets } from '../libs/contracts/dist/index.js';

const root = resolve(import.meta.dirname, '..');
const dir = resolve(process.env.LATCHKEY_DATA_DIR || join(root, '.latchkey-compose'));
mkdirSync(dir, { recursive: true, mode: 0o700 });
const secrets = await loadSecrets(join(dir, 'secrets.json'));
const variable = (name) => name.toUpperCase().replaceAll('-', '_');
const password = () => randomBytes(24).toString('base64url');

const keptFile = join(dir, 'identities.json');
const kept = existsSync(keptFile) ? JSON.parse(readFileSync(keptFile, 'utf8')) : {};
for (const identity of busIdentities) {
  if (kept[`${variable(identity)}_NATS_SEED`]) continue;
  const key = createUser();
  kept[`${variable(identity)}_NATS_SEED`] = new TextDecoder().decode(key.getSeed());
  kept[`NATS_PUBLIC_NKEY_${variable(identity)}`] = key.getPublicKey();
}
for (const service of owners)
  for (const role of ['DB_OWNER', 'DB']) kept[`${variable(service)}_${role}_PASSWORD`] ??= password();
for (const name of ['POSTGRES_PASSWORD', 'GRAFANA_PASSWORD']) kept[name] ??= password();
writeFileSync(keptFile, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 });

const base = Number(process.env.LATCHKEY_PORT_BASE || 4000);
const ports = Object.fromEntries(
  Object.entries(portOffsets).map(([part, offset]) => [`${variable(part)}_PORT`, base + offset]),
);
const env = {
  ...kept,
  ...Object.fromEntries(
    Object.entries(secrets).map(([name, value]) => [variable(name.replaceAll(/[A-Z]/g, '-$&')), value]),
  ),
  ...ports,
  LATCHKEY_PORT_BASE: base,
  PROMETHEUS_PORT: base + 40,
  ALERTMANAGER_PORT: base + 41,
  GRAFANA_PORT: base + 42,
  PUBLIC_URL: `http://127.0.0.1:${base}`,
  NPM_CONFIG_REGISTRY: process.env.NPM_CONFIG_REGISTRY ?? '',
};
// Single quotes: compose takes what is between them as it is.
const text = Object.entries(env).map(([name, value]) => `${name}='${value}'\n`);
writeFileSync(join(dir, 'compose.env'), text.join(''), { mode: 0o600 });
console.log(join(dir, 'compose.env'));
