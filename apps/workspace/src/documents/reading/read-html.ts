import { convert, type FormatCallback } from 'html-to-text';

/** Headings keep their rank as Markdown marks, so that the splitter sees sections in every format the same way. */
const heading: FormatCallback = (element, walk, builder) => {
  builder.openBlock({ leadingLineBreaks: 2 });
  builder.addLiteral(`${'#'.repeat(Number(element.name?.slice(1)) || 1)} `);
  walk(element.children, builder);
  builder.closeBlock({ trailingLineBreaks: 2 });
};

/** The readable text of a page: no markup, scripts, styles, pictures or link targets. */
export function readHtml(html: string): string {
  return convert(html, {
    wordwrap: false,
    formatters: { markdownHeading: heading },
    limits: { maxDepth: 200, maxChildNodes: 20_000 },
    selectors: [
      ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, format: 'markdownHeading' })),
      ...['img', 'script', 'style', 'noscript', 'template', 'svg'].map((selector) => ({ selector, format: 'skip' })),
      { selector: 'table', format: 'dataTable', options: { uppercaseHeaderCells: false } },
      { selector: 'a', options: { ignoreHref: true } },
    ],
  });
}
