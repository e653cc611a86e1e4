import { type Addresses, Customer, Mailbox, Patience, Refusal, request } from '@latchkey/journeys/parts';
import type { Sandbox } from './sandbox.js';

const patienceMs = 60_000;

/** An active customer who presses what few people press. A refusal is an answer; only silence is waited out. */
export async function pressRareButtons(
  addresses: Addresses,
  sandbox: Sandbox,
  { email, password, tenantId }: { email: string; password: string; tenantId: string },
): Promise<void> {
  const patience = new Patience(patienceMs, () => undefined);
  const { gateway } = addresses;
  const customer = new Customer(gateway, { email, password }, patience);
  const send = async (
    path: string,
    method: 'POST' | 'GET' | 'DELETE',
    json?: object,
  ): Promise<Record<string, unknown>> => {
    try {
      const url = `${gateway}${path}`;
      // Deleting answers with nothing, so the customer's own way of reading answers would not do.
      if (method === 'DELETE') return (await customer.ask(path, () => ({ method: 'DELETE' as never })), {});
      if (path.startsWith('/api/auth')) return (await request(url, { method, ...(json ? { json } : {}) }), {});
      return (await customer.ask(path, () => ({ method, ...(json ? { json } : {}) }))) as Record<string, unknown>;
    } catch (error) {
      if (error instanceof Refusal || error instanceof SyntaxError) return {};
      throw error;
    }
  };
  await send('/api/auth/login', 'POST', { email, password: `not ${password}` });
  await customer.logIn();
  const issued = await send('/v1/api-keys', 'POST', { name: 'chaos' });
  const keyId = String(issued['key_id'] ?? 'none');
  await send(`/v1/api-keys/${keyId}/reveal`, 'POST', {});
  // Refused on the smallest plan, which has two: the quota is told of, and mailed.
  const another = await send('/v1/api-keys', 'POST', { name: 'one too many' });
  if (another['key_id']) await send(`/v1/api-keys/${String(another['key_id'])}`, 'DELETE');
  const rotated = await send(`/v1/api-keys/${keyId}/rotate`, 'POST', {});
  const secret = rotated['key'] ?? issued['key'];
  if (typeof secret === 'string')
    await request(`${gateway}/v1/query`, {
      method: 'POST',
      json: { query: 'What is RAG?' },
      headers: { authorization: `Bearer ${secret}` },
    }).catch(() => undefined);
  await send(`/v1/api-keys/${String(rotated['key_id'] ?? keyId)}`, 'DELETE');
  const form = new FormData();
  form.append('file', new Blob(['A short note that is deleted again.'], { type: 'text/plain' }), 'note.txt');
  const uploaded = (await customer.ask('/v1/documents', () => ({ method: 'POST', body: form })).catch(() => ({}))) as {
    document_id?: string;
  };
  if (uploaded.document_id) await send(`/v1/documents/${uploaded.document_id}`, 'DELETE');
  await send('/api/billing/subscription', 'GET');
  await send('/api/billing/invoices', 'GET');
  await send('/api/billing/portal', 'POST', {});
  // Answered in pieces, which this way of asking does not read.
  await send('/v1/query', 'POST', { query: 'What is RAG?', stream: true });
  await askInVain(sandbox, customer, `of ${tenantId}`);
  await sessionRoundTrip(gateway, email, password, patience);
  await replacePassword(addresses, email, password, patience);
}

/** OpenAI refuses this question once, for good: it counts as failed and is given back, and the next try is a new question. */
async function askInVain(sandbox: Sandbox, customer: Customer, mark: string): Promise<void> {
  const rule = await sandbox.breakVendor({ vendor: 'openai', tenant: mark, times: 1 }, 400);
  await customer
    .ask('/v1/query', () => ({ method: 'POST', json: { query: `What is RAG, in the words ${mark}?` } }))
    .catch(() => undefined);
  await sandbox.removeRule(rule);
}

/** Says that the password is lost, and sets the same one by the mailed link, so that everybody can go on. */
async function replacePassword(
  { gateway, sandbox }: Addresses,
  email: string,
  password: string,
  patience: Patience,
): Promise<void> {
  const post = (path: string, json: object) =>
    patience.insist((signal) => request(`${gateway}/api/auth/${path}`, { method: 'POST', json, signal }));
  try {
    await post('forgot-password', { email });
    const { text } = await new Mailbox(sandbox, email, patience).waitFor('password-reset');
    const token = /reset-password#(\S+)/.exec(text)?.[1];
    await post('reset-password', { token, password });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}

/** Logs in as a browser does, refreshes the session by its cookie and logs out. */
async function sessionRoundTrip(gateway: string, email: string, password: string, patience: Patience): Promise<void> {
  const cookieOf = (headers: Headers) =>
    headers
      .getSetCookie()
      .map((cookie) => cookie.split(';')[0])
      .join('; ');
  const post = (path: string, headers: Record<string, string>, json: object) =>
    patience
      .insist((signal) => request(`${gateway}${path}`, { method: 'POST', json, headers, signal }))
      .catch(() => undefined);
  const login = await post('/api/auth/login', {}, { email, password });
  if (!login) return;
  const refreshed = await post('/api/auth/refresh', { cookie: cookieOf(login.headers), origin: gateway }, {});
  await post('/api/auth/logout', { cookie: cookieOf((refreshed ?? login).headers), origin: gateway }, {});
}
