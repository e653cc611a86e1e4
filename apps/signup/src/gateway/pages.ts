import { createHash } from 'node:crypto';

const style = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 4rem auto; padding: 0 1rem; color: #1c1c28; }
h1 { font-size: 1.5rem } code { background: #f2f2f6; padding: .1em .3em; border-radius: .2em }
li { margin: .4rem 0 } a { color: #2a4bd7 }`;

/** Nothing but the one style below may load or run, and nobody may frame the page. */
export const pagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text of others (a session id, a vendor's answer) is text and never markup. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}

/** `body` is markup of ours; everything in it that came from outside went through escapeHtml. */
export function page(title: string, body: string, refreshSeconds?: number): string {
  const refresh = refreshSeconds === undefined ? '' : `<meta http-equiv="refresh" content="${refreshSeconds}">`;
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${refresh}<title>${escapeHtml(title)}</title><style>${style}</style></head>
<body><h1>${escapeHtml(title)}</h1>${body}</body>
</html>
`;
}

/** Until the browser pages exist, the origin says where everything is. */
export const homePage = (sandboxUrl?: string): string =>
  page(
    'Latchkey',
    `<p>From stranger to first answer, with no human in between. This is the gateway: one origin for everything below.</p>
<ol>
<li><code>POST /api/onboarding/signup</code> opens an account and answers with the checkout link.</li>
<li><code>POST /api/onboarding/verify-email</code> takes the 6-digit code from the mail.</li>
<li><code>GET /api/onboarding/tenants/&lt;tenant_id&gt;</code> and <code>/events</code> show the true state, live.</li>
<li><code>POST /api/auth/login</code> starts a session.</li>
<li><code>/api/onboarding/setup-wizard/&hellip;</code> leads to the first answer: <code>status</code>, <code>sample-query</code>, <code>upload-document</code>, <code>complete</code>.</li>
<li><code>POST /v1/query</code> and <code>/v1/documents</code> are the product; a session token or an API key opens them.</li>
<li><code>/api/analytics/&hellip;</code> is for operators.</li>
</ol>
<p>The whole interface: <a href="/openapi.json">/openapi.json</a>. Health: <a href="/health/ready">/health/ready</a>.</p>${sandboxUrl === undefined ? '' : sandboxNote(sandboxUrl)}`,
  );

function sandboxNote(url: string): string {
  return `<p>The vendors are stand-ins: their console, with the inbox and the fault switches, is at <a href="${escapeHtml(url)}">${escapeHtml(url)}</a>. Sign up with <code>"captcha_token": "sandbox-pass"</code>.</p>`;
}

export const cancelledPage = page(
  'Your checkout was left',
  `<p>Nothing was charged, and your signup is safe. Sign up again with the same email and password, and you go on where you stopped.</p><p><a href="/">Back to the start</a></p>`,
);

export const signupPage = page(
  'Sign up',
  `<p>Send <code>POST /api/onboarding/signup</code> with <code>email</code>, <code>company_name</code>, <code>password</code>, <code>plan</code> and <code>accept_terms</code>.</p><p><a href="/">Where everything is</a></p>`,
);

export const loginPage = page(
  'Log in',
  `<p>Send <code>POST /api/auth/login</code> with <code>email</code> and <code>password</code>.</p><p><a href="/">Where everything is</a></p>`,
);
