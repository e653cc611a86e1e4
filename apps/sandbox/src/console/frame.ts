import { type Html, html, htmlDocument } from '../core/html.js';

const places = [
  ['/', 'Failures and clock'],
  ['/inbox', 'Mailbox'],
  ['/stripe', 'Stripe'],
  ['/requests', 'Requests'],
] as const;

/** A page of the console, with the way to the others. `live` parts are brought up to date while somebody looks (live.ts). */
export function consolePage(title: string, here: (typeof places)[number][0], body: Html): string {
  const links = places.map(
    ([path, name]) => html`<a href="${path}" ${path === here ? html`aria-current="page"` : null}>${name}</a>`,
  );
  return htmlDocument(
    `${title} · Latchkey sandbox`,
    html`<header class="top">
        <div>
          <strong>Sandbox</strong>
          <nav aria-label="Sandbox" style="display: contents">${links}</nav>
        </div>
      </header>
      <main>${body}</main>
      <script src="/live.js" defer></script>`,
  );
}

/** The moment as people in the room would say it; the whole of it for whoever points at it. */
export function timeText(moment: Date | string | number): Html {
  const iso = new Date(moment).toISOString();
  return html`<time datetime="${iso}" title="${iso}">${iso.slice(0, 16).replace('T', ' ')}</time>`;
}

type Mood = 'good' | 'bad' | 'wait' | '';

export function stateText(word: string, mood: Mood): Html {
  return html`<span class="state ${mood}">${word}</span>`;
}

/** A table that scrolls by itself on a phone, or what to say when there is nothing in it. */
export function table(
  label: string,
  heads: readonly string[],
  rows: readonly (readonly (Html | string | number)[])[],
  empty: string,
): Html {
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`;
  return html`<div class="wide" role="region" aria-label="${label}" tabindex="0">
    <table>
      <thead>
        <tr>
          ${heads.map((head) => html`<th scope="col">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (cells) =>
            html`<tr>
              ${cells.map((cell) => html`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
