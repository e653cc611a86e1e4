import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { files } from './manifests.js';

const base = resolve(import.meta.dirname, '../base');
rmSync(base, { recursive: true, force: true });
for (const [path, text] of files()) {
  mkdirSync(dirname(join(base, path)), { recursive: true });
  writeFileSync(join(base, path), text);
}
