// Writes ops/nats/identities.conf from the contracts: who may publish, ask and hear what on the bus. A test compares.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { busAuthorization } from '../libs/contracts/dist/index.js';

const file = join(resolve(import.meta.dirname, '..'), 'ops/nats/identities.conf');
writeFileSync(
  file,
  `# Written by npm run nats:identities from libs/contracts/src/bus; public keys come from the environment.\n${busAuthorization()}`,
);
