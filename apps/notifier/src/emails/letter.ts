/** A piece of running text. */
export type Inline = string | { link: string; url: string };

/** What a mail is made of. HTML and plain text are both written from it, so that they can never say different things. */
export type Block =
  | { kind: 'heading'; text: string }
  | { kind: 'paragraph'; content: Inline[] }
  | { kind: 'steps'; items: Inline[][] }
  | { kind: 'list'; items: Inline[][] }
  | { kind: 'facts'; rows: [name: string, value: string][] }
  | { kind: 'button'; label: string; url: string }
  | { kind: 'code'; code: string };

export const heading = (text: string): Block => ({ kind: 'heading', text });
export const paragraph = (...content: Inline[]): Block => ({ kind: 'paragraph', content });
export const steps = (...items: Inline[][]): Block => ({ kind: 'steps', items });
export const list = (...items: Inline[][]): Block => ({ kind: 'list', items });
export const facts = (...rows: [string, string][]): Block => ({ kind: 'facts', rows });
/** The one thing the reader is asked to do; a second one makes the linter complain (F5). */
export const button = (label: string, url: string): Block => ({ kind: 'button', label, url });
export const code = (digits: string): Block => ({ kind: 'code', code: digits });
export const link = (text: string, url: string): Inline => ({ link: text, url });

export interface Letter {
  title: string;
  greeting: string;
  blocks: Block[];
  /** Who signs: a person and the team, never "do not reply". */
  signature: string[];
}

/** Tables and inline styles, because that is what all mail clients agree on. */
export function letterToHtml(letter: Letter): string {
  const body = [paragraph(letter.greeting), ...letter.blocks].map(blockToHtml).join('\n');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<title>${escapeHtml(letter.title)}</title>
</head>
<body style="margin: 0; padding: 0; background: #ffffff;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">
<tr><td align="center" style="padding: 24px 12px;">
<table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0" style="max-width: 600px; width: 100%;">
<tr><td style="font-family: Arial, Helvetica, sans-serif; font-size: 16px; line-height: 1.6; color: #333333;">
<h1 style="font-size: 22px; line-height: 1.3; color: #1f2937; margin: 0 0 16px;">${escapeHtml(letter.title)}</h1>
${body}
<p style="margin: 24px 0 0;">${letter.signature.map(escapeHtml).join('<br>')}</p>
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`;
}

export function letterToText(letter: Letter): string {
  const parts = [paragraph(letter.greeting), ...letter.blocks].map(blockToText);
  return [...parts, letter.signature.join('\n')].join('\n\n') + '\n';
}

function blockToHtml(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h2 style="font-size: 17px; color: #1f2937; margin: 24px 0 8px;">${escapeHtml(block.text)}</h2>`;
    case 'paragraph':
      return `<p style="margin: 0 0 16px;">${inlineToHtml(block.content)}</p>`;
    case 'steps':
      return `<ol style="margin: 0 0 16px; padding-left: 24px;">\n${itemsToHtml(block.items)}\n</ol>`;
    case 'list':
      return `<ul style="margin: 0 0 16px; padding-left: 24px;">\n${itemsToHtml(block.items)}\n</ul>`;
    case 'facts':
      return `<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin: 0 0 16px;">\n${block.rows
        .map(([name, value]) => `<tr>${factCell('#6b7280', name)}${factCell('#333333', value)}</tr>`)
        .join('\n')}\n</table>`;
    case 'button':
      return `<p style="margin: 16px 0 24px;"><a href="${escapeHtml(block.url)}" style="display: inline-block; padding: 12px 24px; background-color: #2563eb; color: #ffffff; text-decoration: none; border-radius: 6px;">${escapeHtml(block.label)}</a></p>`;
    case 'code':
      return `<p style="margin: 16px 0 24px; font-family: 'Courier New', Courier, monospace; font-size: 32px; letter-spacing: 8px; color: #1f2937;">${escapeHtml(block.code)}</p>`;
  }
}

function blockToText(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `${block.text}\n${'-'.repeat(block.text.length)}`;
    case 'paragraph':
      return inlineToText(block.content);
    case 'steps':
      return block.items.map((item, index) => `${index + 1}. ${inlineToText(item)}`).join('\n');
    case 'list':
      return block.items.map((item) => `- ${inlineToText(item)}`).join('\n');
    case 'facts':
      return block.rows.map(([name, value]) => `${name}: ${value}`).join('\n');
    case 'button':
      return `${block.label}: ${block.url}`;
    case 'code':
      return `    ${block.code}`;
  }
}

const itemsToHtml = (items: Inline[][]) =>
  items.map((item) => `<li style="margin: 0 0 4px;">${inlineToHtml(item)}</li>`).join('\n');

const factCell = (color: string, text: string) =>
  `<td style="padding: 2px 16px 2px 0; color: ${color};">${escapeHtml(text)}</td>`;

function inlineToHtml(content: Inline[]): string {
  return content
    .map((piece) => {
      if (typeof piece === 'string') return escapeHtml(piece);
      return `<a href="${escapeHtml(piece.url)}" style="color: #2563eb;">${escapeHtml(piece.link)}</a>`;
    })
    .join('');
}

function inlineToText(content: Inline[]): string {
  return content.map((piece) => (typeof piece === 'string' ? piece : `${piece.link} (${piece.url})`)).join('');
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
