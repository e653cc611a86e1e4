// The apps with an image that a change since <base> can have touched, as a JSON list for CI's matrix.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const base = process.argv[2] ?? 'origin/main';
const nx = join(root, 'node_modules/.bin/nx');
const affected = JSON.parse(
  execFileSync(nx, ['show', 'projects', '--affected', `--base=${base}`, '--json'], { cwd: root, encoding: 'utf8' }),
);
const targets = [...readFileSync(join(root, 'Dockerfile'), 'utf8').matchAll(/^FROM runtime AS (\S+)$/gm)].map(
  ([, name]) => name,
);
console.log(JSON.stringify(targets.filter((name) => affected.includes(name))));
