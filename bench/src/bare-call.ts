import type { System } from '@latchkey/chaos/parts';

/** A vendor asked as a program without an SDK would: one POST, whatever the vendor wants in its headers. */
export async function call(url: string, body: unknown): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'api-key': 'pcsk_plain',
      authorization: 'Bearer plain',
      'x-pinecone-api-version': '2026-07',
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${(await response.text()).slice(0, 200)}`);
  await response.arrayBuffer();
}

/** A welcome mail of one line. */
export function sendMail(system: System, email: string): Promise<void> {
  return call(`${system.url('sendgrid')}/v3/mail/send`, {
    personalizations: [{ to: [{ email }] }],
    from: { email: 'hello@latchkey.example' },
    subject: 'Welcome',
    content: [{ type: 'text/plain', value: 'Your workspace is ready.' }],
  });
}
