import { type Html, html, htmlPage } from '../core/html.js';
import type { MailEvent, StoredMail } from './mailbox.js';

function address(email: string, name: string | undefined): string {
  return name === undefined ? email : `${name} <${email}>`;
}

function line(name: string, value: string): Html {
  return html`<tr>
    <th class="quiet">${name}</th>
    <td>${value}</td>
  </tr>`;
}

/** The list of mails, newest first, with what became of each. */
export function mailListPage(
  rows: ReadonlyArray<{ mail: StoredMail; status: string }>,
  total: number,
  searched: string,
): string {
  const lines = rows.map(
    ({ mail, status }) =>
      html`<tr>
        <td class="quiet">${mail.at.replace('T', ' ').slice(0, 19)}</td>
        <td>${address(mail.to, mail.to_name)}</td>
        <td><a href="/inbox/${mail.id}">${mail.subject}</a></td>
        <td>${status}</td>
      </tr>`,
  );
  const count = `${total} mail${total === 1 ? '' : 's'}${rows.length < total ? `, the newest ${rows.length} shown` : ''}`;
  return htmlPage(
    'Inbox',
    html`<p><a href="/">Sandbox</a></p>
      <h1>Inbox</h1>
      <form>
        <label>To <input name="to" value="${searched}" /></label>
        <button>Search</button>
      </form>
      <p>${count}</p>
      <table>
        <tr>
          <th>At (UTC)</th>
          <th>To</th>
          <th>Subject</th>
          <th>Status</th>
        </tr>
        ${lines}
      </table>`,
  );
}

/**
 * One mail as its reader sees it. The HTML sits in a sandboxed frame without scripts, forms or our origin; its pictures
 * load, which is what raises the open event, as in a real mail program.
 */
export function mailPage(mail: StoredMail, status: string, events: readonly MailEvent[]): string {
  const headers = [
    line('From', address(mail.from, mail.from_name)),
    line('To', address(mail.to, mail.to_name)),
    ...(mail.reply_to === undefined ? [] : [line('Reply-To', mail.reply_to)]),
    line('Date', mail.at),
    line('Status', status),
    line('Message id', mail.message_id),
    ...(mail.categories.length > 0 ? [line('Categories', mail.categories.join(', '))] : []),
    ...Object.entries(mail.custom_args).map(([name, value]) => line(`arg ${name}`, value)),
    ...Object.entries(mail.headers).map(([name, value]) => line(name, value)),
    ...mail.attachments.map((file) => line('Attachment', `${file.filename} (${file.type}, ${file.bytes} bytes)`)),
  ];
  // The frame's own document: links open beside it, because the frame may not leave its box.
  const frame = `<base target="_blank">${mail.html}`;
  const body =
    mail.html !== '' &&
    html`<h2>HTML</h2>
      <iframe
        title="The mail"
        sandbox="allow-popups allow-popups-to-escape-sandbox"
        style="width: 100%; min-height: 32rem; border: 1px solid #8884; background: #fff"
        srcdoc="${frame}"
      ></iframe>`;
  const text =
    mail.text !== '' &&
    html`<h2>Text</h2>
      <pre style="white-space: pre-wrap">${mail.text}</pre>`;
  const told = events.map((event) => line(new Date(event.timestamp * 1000).toISOString(), event.event));
  return htmlPage(
    mail.subject,
    html`<p><a href="/inbox">Inbox</a></p>
      <h1>${mail.subject}</h1>
      <table>
        ${headers}
      </table>
      ${body} ${text}
      <h2>Events</h2>
      <table>
        ${told}
      </table>`,
  );
}

export function noSuchMailPage(): string {
  return htmlPage(
    'No such mail',
    html`<p><a href="/inbox">Inbox</a></p>
      <h1>No such mail</h1>
      <p>It may have been cleared.</p>`,
  );
}
