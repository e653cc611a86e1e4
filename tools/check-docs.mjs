/** Files and links named in our Markdown must exist: a tour that leads nowhere is worse than none. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter(Boolean);
let broken = 0;
let checked = 0;
const complain = (page, name) => {
  broken++;
  console.error(`${page} names ${name}, which does not exist.`);
};

for (const page of pages) {
  const text = readFileSync(join(root, page), 'utf8');
  for (const [, target] of text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)) {
    checked++;
    if (!existsSync(resolve(root, dirname(page), target))) complain(page, target);
  }
  for (const [, path] of text.matchAll(/`((?:apps|libs|e2e|tools|docs)\/[\w./-]+)`/g)) {
    checked++;
    if (!existsSync(join(root, path))) complain(page, path);
  }
}
if (broken > 0) process.exit(1);
console.log(`${checked} names and links in ${pages.length} pages exist.`);
