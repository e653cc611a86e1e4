// npm run contracts:gate -- <base ref>: can the services of this commit and of that one run side by side? Old examples are
// read by today's contracts and today's by the old ones, so for the HTTP API, and whoever changes a contract has to say so
// in the changelog.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = resolve(import.meta.dirname, '..');
const base = process.argv[2] ?? 'origin/main';
const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 }).trim();
const mergeBase = git('merge-base', base, 'HEAD');

// Sources name each other as the .js they become; Node reads the .ts beside it.
registerHooks({
  resolve(specifier, context, next) {
    const source = specifier.startsWith('.') && specifier.endsWith('.js') && context.parentURL?.startsWith('file:');
    if (source) {
      const url = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
      if (existsSync(url)) return next(url.href, context);
    }
    return next(specifier, context);
  },
});

const oldDir = join(root, '.nx', 'contracts-gate', mergeBase);
rmSync(oldDir, { recursive: true, force: true });
mkdirSync(oldDir, { recursive: true });
execFileSync('tar', ['-x', '-C', oldDir], {
  input: execFileSync('git', ['archive', mergeBase, 'libs/contracts'], { cwd: root, maxBuffer: 1 << 28 }),
});

async function contractsOf(dir) {
  const module = await import(pathToFileURL(join(dir, 'libs/contracts/src/index.ts')).href);
  const questions = Object.values(module).filter((entry) => entry?.subject && entry.request && entry.reply);
  // Before questions named their askers, everybody could ask.
  return {
    events: Object.values(module.events),
    questions: questions.map((each) => ({ askedBy: [], ...each })),
    http: await httpShapesOf(join(dir, 'libs/contracts/src/http')),
    problems: module.problems,
  };
}

/** Every shape that a file of `http` exports; those of a stream are in an object by the names of its events. */
async function httpShapesOf(dir) {
  const shapes = {};
  for (const file of readdirSync(dir)) {
    const exported = await import(pathToFileURL(join(dir, file)).href);
    for (const [name, value] of Object.entries(exported))
      if (value?._zod) shapes[name] = value;
      else
        for (const [event, inner] of Object.entries(value ?? {})) if (inner?._zod) shapes[`${name}.${event}`] = inner;
  }
  return shapes;
}

const { incompatibilities } = await import('../libs/contracts/test/compatibility.ts');
const faults = incompatibilities(await contractsOf(oldDir), await contractsOf(root));
rmSync(oldDir, { recursive: true, force: true });

const changed = git('diff', '--name-only', mergeBase, '--', 'libs/contracts').split('\n').filter(Boolean);
const contracts = changed.filter((file) =>
  /^libs\/contracts\/src\/(events|questions|http|problems|hints|routes|plans)/.test(file),
);
if (contracts.length > 0 && !changed.includes('libs/contracts/CHANGELOG.md'))
  faults.push(`${contracts.join(', ')} changed, and libs/contracts/CHANGELOG.md says nothing about it`);

for (const fault of faults) console.error(fault);
console.log(faults.length === 0 ? `Compatible with ${mergeBase.slice(0, 12)}.` : `${faults.length} faults.`);
process.exit(faults.length === 0 ? 0 : 1);
