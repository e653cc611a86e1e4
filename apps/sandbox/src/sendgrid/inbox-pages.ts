import type { MailEvent, StoredMail } from './mailbox.js';

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const style = `
  :root { color-scheme: light dark; }
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #8884; vertical-align: top; }
  td.key, th.key { white-space: nowrap; color: #777; font-weight: normal; }
  iframe { width: 100%; min-height: 32rem; border: 1px solid #8884; border-radius: .4rem; background: #fff; }
  pre { white-space: pre-wrap; border: 1px solid #8884; border-radius: .4rem; padding: 1rem; }
  .status { font-size: .85em; padding: .1em .5em; border-radius: 1em; border: 1px solid #8886; }
  .bounce, .dropped, .spamreport { background: #c332; } .delivered { background: #3a32; }`;

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(title)}</title><style>${style}</style></head><body>${body}</body></html>`;
}

function badge(status: string): string {
  return `<span class="status ${escape(status)}">${escape(status)}</span>`;
}

function address(email: string, name: string | undefined): string {
  return escape(name === undefined ? email : `${name} <${email}>`);
}

/** The list of mails, newest first, with what became of each. */
export function mailListPage(
  rows: ReadonlyArray<{ mail: StoredMail; status: string }>,
  total: number,
  searched: string,
): string {
  const lines = rows.map(
    ({ mail, status }) => `<tr><td class="key">${escape(mail.at.replace('T', ' ').slice(0, 19))}</td>
<td>${address(mail.to, mail.to_name)}</td>
<td><a href="/inbox/${encodeURIComponent(mail.id)}">${escape(mail.subject)}</a></td><td>${badge(status)}</td></tr>`,
  );
  const table = `<table><thead><tr><th class="key">At (UTC)</th><th>To</th><th>Subject</th><th>Status</th></tr></thead>
<tbody>${lines.join('')}</tbody></table>`;
  return page(
    'Inbox',
    `<p><a href="/">Sandbox</a></p><h1>Inbox</h1>
<form><label>To <input name="to" value="${escape(searched)}"></label> <button>Search</button></form>
<p>${total} mail${total === 1 ? '' : 's'}${rows.length < total ? `, the newest ${rows.length} shown` : ''}</p>
${rows.length > 0 ? table : '<p>Nothing here yet.</p>'}`,
  );
}

/**
 * One mail as its reader sees it. The HTML runs in a sandboxed frame without scripts, forms or our origin; its pictures
 * load, which is what raises the open event, as in a real mail program.
 */
export function mailPage(mail: StoredMail, status: string, events: readonly MailEvent[]): string {
  const header = (name: string, value: string) => `<tr><td class="key">${escape(name)}</td><td>${value}</td></tr>`;
  const headers = [
    header('From', address(mail.from, mail.from_name)),
    header('To', address(mail.to, mail.to_name)),
    ...(mail.reply_to === undefined ? [] : [header('Reply-To', escape(mail.reply_to))]),
    header('Date', escape(mail.at)),
    header('Status', badge(status)),
    header('Message id', escape(mail.message_id)),
    ...(mail.categories.length > 0 ? [header('Categories', escape(mail.categories.join(', ')))] : []),
    ...Object.entries(mail.custom_args).map(([name, value]) => header(`arg ${name}`, escape(value))),
    ...Object.entries(mail.headers).map(([name, value]) => header(name, escape(value))),
    ...mail.attachments.map((file) =>
      header('Attachment', escape(`${file.filename} (${file.type}, ${file.bytes} bytes)`)),
    ),
  ];
  const frame = `<base target="_blank">${mail.html}`;
  const html =
    mail.html === ''
      ? ''
      : `<h2>HTML</h2><iframe title="The mail" sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="${escape(frame)}"></iframe>`;
  const text = mail.text === '' ? '' : `<h2>Text</h2><pre>${escape(mail.text)}</pre>`;
  const told = events.map(
    (event) =>
      `<tr><td class="key">${new Date(event.timestamp * 1000).toISOString()}</td><td>${badge(event.event)}</td></tr>`,
  );
  return page(
    mail.subject,
    `<p><a href="/inbox">Inbox</a></p><h1>${escape(mail.subject)}</h1><table>${headers.join('')}</table>
${html}${text}<h2>Events</h2><table>${told.join('')}</table>`,
  );
}

export function noSuchMailPage(): string {
  return page('No such mail', '<p><a href="/inbox">Inbox</a></p><h1>No such mail</h1><p>It may have been cleared.</p>');
}
