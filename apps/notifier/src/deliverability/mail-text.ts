const namedEntities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** What a reader (and a spam filter) sees of an HTML mail: tags, styles and comments gone, entities resolved. */
export function visibleText(html: string): string {
  return html
    .replaceAll(/<!--[\s\S]*?-->|<(style|script|head)\b[\s\S]*?<\/\1>/gi, ' ')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/&(#x?[0-9a-f]+|[a-z]+);/gi, (whole, name: string) => entity(name) ?? whole)
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function entity(name: string): string | undefined {
  if (!name.startsWith('#')) return namedEntities[name.toLowerCase()];
  const point = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
  return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : undefined;
}

/** Every address the mail links to, in HTML and in plain text. */
export function linksOf({ html, text }: { html: string; text: string }): string[] {
  const fromHtml = [...html.matchAll(/\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/gi)].map(
    ([, double, single, bare]) => (double ?? single ?? bare ?? '').replaceAll('&amp;', '&'),
  );
  const fromText = [...text.matchAll(/\bhttps?:\/\/[^\s<>")\]]+/gi)].map(([url]) => url);
  return [...new Set([...fromHtml, ...fromText])];
}

/** Links made to look like a button: the mail's call to action. */
export function buttonsOf(html: string): string[] {
  return [...html.matchAll(/<a\b[^>]*style\s*=\s*"[^"]*background[^"]*"[^>]*>([\s\S]*?)<\/a>/gi)].map(([, label]) =>
    visibleText(label ?? ''),
  );
}

/** The text without the given names, so that a company called "Free Press" or "ACME" is nobody's spam word. */
export function withoutNames(text: string, names: string[]): string {
  return names.filter((name) => name.trim() !== '').reduce((rest, name) => rest.replaceAll(name, ' '), text);
}
