import type { System } from '@latchkey/chaos/parts';

/** A vendor asked as a program without an SDK would: one POST, a form or JSON, whatever the vendor wants in its headers. */
export async function call(url: string, body: URLSearchParams | object): Promise<string> {
  const isForm = body instanceof URLSearchParams;
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json',
      'api-key': 'pcsk_plain',
      authorization: 'Bearer sk_test_plain',
      'x-pinecone-api-version': '2026-07',
    },
    body: isForm ? body.toString() : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 200)}`);
  return text;
}

/** A welcome mail of one line. */
export async function sendMail(system: System, email: string): Promise<void> {
  await call(`${system.url('sendgrid')}/v3/mail/send`, {
    personalizations: [{ to: [{ email }] }],
    from: { email: 'hello@latchkey.example' },
    subject: 'Welcome',
    content: [{ type: 'text/plain', value: 'Your workspace is ready.' }],
  });
}
