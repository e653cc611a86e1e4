import { page } from './pages.js';

const back = '<p><a href="/docs">All guides</a></p>';

/** The guides that the welcome mail links to (S4.3). Short on purpose: a newcomer reads them between two steps. */
export const guides: Readonly<Record<string, string>> = {
  quickstart: page(
    'Quick start',
    `<ol>
<li>Log in: <code>POST /api/auth/login</code> with your email and password answers with an <code>access_token</code>.</li>
<li>Ask the sample question: <code>POST /api/onboarding/setup-wizard/sample-query</code>. The answer cites the sample it comes from.</li>
<li>Upload a document: <code>curl -F file=@handbook.pdf -H "Authorization: Bearer $TOKEN" &hellip;/v1/documents</code>. PDF, TXT, MD, DOCX and HTML up to 10 MB.</li>
<li>Ask about it: <code>POST /v1/query</code> with <code>{"query": "&hellip;"}</code>. Sources name the passages; when your documents do not hold the answer, it says so.</li>
</ol>${back}`,
  ),
  api: page(
    'The API',
    `<p>Every route with its shapes: <a href="/openapi.json">/openapi.json</a>. Send <code>Authorization: Bearer</code> with a session token or an API key.</p>
<p>Your first key waits for you: <code>GET /v1/api-keys</code> lists it, <code>POST /v1/api-keys/&lt;key_id&gt;/reveal</code> shows it, once. Keep it safe; a lost key is rotated, not shown again.</p>
<p>Errors are <code>application/problem+json</code> with a stable <code>code</code>, and <code>retry_after</code> where waiting helps.</p>${back}`,
  ),
  examples: page(
    'Examples',
    `<p>Ask: <code>curl -H "Authorization: Bearer $KEY" -H "content-type: application/json" -d '{"query":"How many days of leave do we have?"}' &hellip;/v1/query</code></p>
<p>Upload: <code>curl -H "Authorization: Bearer $KEY" -F file=@policy.docx &hellip;/v1/documents</code></p>
<p>What is left this month: <code>curl -H "Authorization: Bearer $KEY" &hellip;/v1/usage</code></p>${back}`,
  ),
};

export const guidesPage = page(
  'Guides',
  '<ul><li><a href="/docs/quickstart">Quick start</a></li><li><a href="/docs/api">The API</a></li><li><a href="/docs/examples">Examples</a></li></ul><p><a href="/">Where everything is</a></p>',
);

const ownText =
  '<p>Whoever runs Latchkey puts their own text here; this installation has none yet.</p><p><a href="/">Back to the start</a></p>';

/** The addresses that signup and mails point to (S9). The texts are the operator's, and none is invented here. */
export const legalPages: Readonly<Record<string, string>> = {
  terms: page('Terms of service', ownText),
  privacy: page('Privacy policy', ownText),
  'data-processing-agreement': page('Data processing agreement', ownText),
};
