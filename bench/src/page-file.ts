import { existsSync, readFileSync, writeFileSync } from 'node:fs';

export type PagePart = 'whole run' | 'growth';
const order: readonly PagePart[] = ['whole run', 'growth'];

const title = '# Performance, as measured';
const begin = (part: PagePart) => `<!-- ${part}: begin -->`;
const end = (part: PagePart) => `<!-- ${part}: end -->`;

/** Writes one part of the page and leaves the other as it was measured. */
export function writePart(file: string, part: PagePart, text: string): void {
  const page = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const parts = order.flatMap((name) => {
    const found = name === part ? text : partOf(page, name);
    return found === undefined ? [] : [`${begin(name)}\n\n${found.trim()}\n\n${end(name)}\n`];
  });
  writeFileSync(file, `${title}\n\n${parts.join('\n')}`);
}

function partOf(page: string, part: PagePart): string | undefined {
  const [from, to] = [page.indexOf(begin(part)), page.indexOf(end(part))];
  return from >= 0 && to > from ? page.slice(from + begin(part).length, to) : undefined;
}
