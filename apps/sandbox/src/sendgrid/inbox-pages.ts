import { consolePage, stateText, timeText } from '../console/frame.js';
import { type Html, html } from '../core/html.js';
import type { MailEvent, StoredMail } from './mailbox.js';

export interface MailRow {
  mail: StoredMail;
  status: string;
}

function address(email: string, name: string | undefined): string {
  return name === undefined ? email : `${name} <${email}>`;
}

function statusText(status: string): Html {
  return stateText(
    status,
    status === 'delivered' ? 'good' : /accepted|processed|deferred/.test(status) ? 'wait' : 'bad',
  );
}

function mailList(rows: readonly MailRow[], open: string | null): Html {
  return html`<ul class="mails">
    ${rows.map(
      ({ mail, status }) =>
        html`<li>
          <a href="/inbox/${mail.id}" ${mail.id === open ? html`aria-current="true"` : null}>
            <span class="line quiet"><span>${mail.to}</span> ${timeText(mail.at)}</span>
            <span class="subject">${mail.subject}</span>
            ${status === 'delivered' ? null : statusText(status)}
          </a>
        </li>`,
    )}
  </ul>`;
}

/** Everybody's mailbox, newest first. */
export function mailListPage(rows: readonly MailRow[], total: number, searched: string): string {
  const count = `${total} mail${total === 1 ? '' : 's'}${rows.length < total ? `, the newest ${rows.length} shown` : ''}`;
  const none =
    searched === ''
      ? 'No mail was sent yet. Sign up with any address, and the code arrives here.'
      : 'No mail to such an address.';
  return consolePage(
    'Mailbox',
    '/inbox',
    html`<h1>Mailbox</h1>
      <form role="search">
        <label
          >Mails to <input type="search" name="to" value="${searched}" placeholder="an address, or a part of it"
        /></label>
        <button>Search</button>
        ${searched === '' ? null : html`<a class="button" href="/inbox">Show all</a>`}
      </form>
      <div data-live="mails">
        <p class="quiet" role="status">${count}</p>
        ${rows.length === 0 ? html`<p class="empty">${none}</p>` : mailList(rows, null)}
      </div>`,
  );
}

/**
 * One mail as its reader sees it, beside the others. The HTML sits in a sandboxed frame without scripts, forms or our
 * origin; its pictures load, which is what raises the open event, as in a real mail program.
 */
export function mailPage({ mail, status }: MailRow, events: readonly MailEvent[], others: readonly MailRow[]): string {
  // The frame's own document: links open beside it, because the frame may not leave its box.
  const frame = `<base target="_blank">${mail.html}`;
  const text = html`<pre style="white-space: pre-wrap">${mail.text}</pre>`;
  return consolePage(
    mail.subject,
    '/inbox',
    html`<div class="mail">
      <nav class="others" aria-label="Mails">${mailList(others, mail.id)}</nav>
      <article>
        <p><a href="/inbox">All mails</a> · <a href="/inbox?to=${encodeURIComponent(mail.to)}">To this address</a></p>
        <h1>${mail.subject}</h1>
        <dl class="facts">
          <dt>From</dt>
          <dd>${address(mail.from, mail.from_name)}</dd>
          <dt>To</dt>
          <dd>${address(mail.to, mail.to_name)}</dd>
          <dt>Sent</dt>
          <dd>${timeText(mail.at)} UTC ${statusText(status)}</dd>
        </dl>
        ${
          mail.html === ''
            ? text
            : html`<iframe
                class="letter"
                title="The mail"
                sandbox="allow-popups allow-popups-to-escape-sandbox"
                srcdoc="${frame}"
              ></iframe>`
        }
        ${
          mail.text === '' || mail.html === ''
            ? null
            : html`<details>
                <summary>As plain text</summary>
                ${text}
              </details>`
        }
        <details>
          <summary>What became of it, and its headers</summary>
          <div data-live="events">
            <dl class="facts">
              ${events.map(
                (event) =>
                  html`<dt>${event.event}</dt>
                    <dd>${timeText(event.timestamp * 1000)}</dd>`,
              )}
            </dl>
          </div>
          <dl class="facts">
            ${headersOf(mail).map(
              ([name, value]) =>
                html`<dt>${name}</dt>
                  <dd>${value}</dd>`,
            )}
          </dl>
        </details>
      </article>
    </div>`,
  );
}

function headersOf(mail: StoredMail): [string, string][] {
  return [
    ...(mail.reply_to === undefined ? [] : [['Reply-To', mail.reply_to] satisfies [string, string]]),
    ['Message id', mail.message_id],
    ['Categories', mail.categories.join(', ') || 'none'],
    ...Object.entries(mail.custom_args),
    ...Object.entries(mail.headers),
    ...mail.attachments.map(({ filename, type, bytes }): [string, string] => [
      'Attachment',
      `${filename} (${type}, ${bytes} bytes)`,
    ]),
  ];
}

export function noSuchMailPage(): string {
  return consolePage(
    'No such mail',
    '/inbox',
    html`<h1>No such mail</h1>
      <p class="empty">It may have been cleared. <a href="/inbox">All mails</a></p>`,
  );
}
