const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Markup that needs no escaping any more. Only `html` makes it. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = string | number | Html | null | undefined | false | readonly Html[];

/** A template whose inserted values are escaped, whatever they are, unless `html` made them. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((text, fixed, index) => text + render(parts[index - 1]) + fixed));
}

function render(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map((item) => item.text).join('');
  return String(part).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** A whole page in the sandbox's plain style. */
export function htmlPage(title: string, body: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          :root {
            color-scheme: light dark;
          }
          body {
            font:
              16px/1.5 system-ui,
              sans-serif;
            max-width: 62rem;
            margin: 2rem auto;
            padding: 0 1rem;
          }
          table {
            border-collapse: collapse;
            width: 100%;
            font-size: 0.9rem;
          }
          th,
          td {
            text-align: left;
            padding: 0.25rem 0.6rem;
            border-bottom: 1px solid #8884;
            overflow-wrap: anywhere;
          }
          label {
            display: block;
            margin: 0.8rem 0;
          }
          input {
            font: inherit;
            padding: 0.4rem;
            width: 100%;
            max-width: 22rem;
            display: block;
          }
          button {
            font: inherit;
            padding: 0.4rem 1.2rem;
          }
          .error {
            color: #c0392b;
            font-weight: 600;
          }
          .quiet {
            opacity: 0.7;
          }
          form.inline {
            display: inline;
          }
        </style>
      </head>
      <body>
        ${body}
      </body>
    </html>`.text;
}
