import {
  CheckoutCompleted,
  DocumentIndexed,
  QuestionAnswered,
  QuestionFailed,
  TenantProvisioned,
} from '@latchkey/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Agent, request as sendRaw } from 'node:http';
import { SignupWorld, type Answer } from './support/signup-world.js';
import { startStandingStill } from './support/standing-still.js';
import { json, startUpstream, type Upstream } from './support/upstream.js';

const wizard = '/api/onboarding/setup-wizard';
let at: SignupWorld;
let workspace: Upstream;
/** An active customer for the specs that leave no facts behind. */
let ada: Customer;

beforeAll(async () => {
  workspace = await startUpstream();
  at = await SignupWorld.start({ WORKSPACE_URL: workspace.url });
  ada = await customer();
});
afterAll(async () => {
  await at.world.stop();
  await workspace.stop();
});
beforeEach(() => {
  workspace.seen.length = 0;
});

interface Customer {
  tenantId: string;
  authorization: { authorization: string };
}

async function customer(active = true): Promise<Customer> {
  const stranger = at.stranger();
  const tenantId = String((await at.post('/api/onboarding/signup', stranger)).body['tenant_id']);
  if (active) {
    await at.verify(tenantId);
    await at.world.publish(CheckoutCompleted, tenantId, CheckoutCompleted.example);
    await at.world.drain();
    await at.world.publish(TenantProvisioned, tenantId, TenantProvisioned.example);
    await at.world.drain();
  }
  const { body } = await at.post('/api/auth/login', { email: stranger['email'], password: stranger['password'] });
  return { tenantId, authorization: { authorization: `Bearer ${String(body['access_token'])}` } };
}

async function answered(tenantId: string, facts: Partial<typeof QuestionAnswered.example>): Promise<void> {
  await at.world.publish(QuestionAnswered, tenantId, { ...QuestionAnswered.example, ...facts });
  await at.world.drain();
}

const status = async ({ authorization }: Customer) => (await at.get(`${wizard}/status`, authorization)).body;

describe('the wizard follows facts', () => {
  test('from the account to the activation, which is told once', async () => {
    const bob = await customer();
    expect(await status(bob)).toEqual({
      steps: {
        account_created: true,
        sample_query_run: false,
        first_document_uploaded: false,
        first_real_query_run: false,
      },
      completion_percentage: 25,
      next_step: 'run_sample_query',
    });
    await answered(bob.tenantId, {});
    expect(await status(bob)).toMatchObject({ completion_percentage: 50, next_step: 'upload_document' });
    await at.world.publish(DocumentIndexed, bob.tenantId, DocumentIndexed.example);
    await at.world.drain();
    expect(await status(bob)).toMatchObject({ completion_percentage: 75, next_step: 'query_your_document' });
    for (const question_id of ['q_7', 'q_8']) await answered(bob.tenantId, { question_id, cites_own_document: true });
    expect(await status(bob)).toMatchObject({ completion_percentage: 100, next_step: 'complete' });
    const events = await at.world.events(bob.tenantId);
    const activations = events.filter((event) => event.type === 'signup.activation-completed.v1');
    expect(activations.map((event) => event.data['question_id'])).toEqual(['q_7']);
  });

  test('an attempt is not a success, and an honest "not in your documents" is neither', async () => {
    const bob = await customer();
    await at.world.publish(QuestionFailed, bob.tenantId, QuestionFailed.example);
    await answered(bob.tenantId, { grounded: false, sources: 0 });
    const [row] = await at.service.sql<Record<string, unknown>>(
      'select first_query_attempted_at is not null as attempted, first_query_at is not null as succeeded from tenant where id = $1',
      [bob.tenantId],
    );
    expect(row).toEqual({ attempted: true, succeeded: false });
    expect(await status(bob)).toMatchObject({ next_step: 'run_sample_query' });
  });

  test('"complete" is refused without an answer from an own document, and waits for one on its way', async () => {
    const bob = await customer();
    await answered(bob.tenantId, {});
    const early = await at.post(`${wizard}/complete`, {}, bob.authorization);
    expect({ status: early.status, code: early.body.code }).toEqual({ status: 400, code: 'setup_incomplete' });
    const late = at.post(`${wizard}/complete`, {}, bob.authorization);
    await answered(bob.tenantId, { cites_own_document: true });
    expect((await late).body).toMatchObject({ time_to_activate_minutes: 0 });
  });

  test('offers three steps and leaves the rest to the settings', async () => {
    expect((await at.get(`${wizard}/steps`, ada.authorization)).body['steps']).toHaveLength(3);
    const { body } = await at.get('/api/settings/advanced', ada.authorization);
    expect(body).toMatchObject({
      chunking: { current: 'auto' },
      embedding_model: { current: 'text-embedding-3-small' },
    });
  });
});

describe('the sample question', () => {
  const source = {
    document_id: 'sample_2',
    title: 'What is RAG?',
    passage: 'RAG combines ...',
    score: 0.8,
    sample: true,
  };

  test('is asked in the customer’s own name and answered with its sources', async () => {
    const reply = {
      question_id: 'q_1',
      answer: 'RAG combines search with LLMs [1].',
      grounded: true,
      sources: [source],
    };
    workspace.answer((_seen, response) => json(response, 200, reply));
    const { status: code, body } = await at.post(`${wizard}/sample-query`, '', ada.authorization);
    expect({ code, body }).toEqual({
      code: 200,
      body: {
        answer: reply.answer,
        // What a workspace from before passages were numbered and marked does not say has a value of its own.
        sources: [{ ...source, chunk: null, highlights: [] }],
        message: 'Great! Now try uploading your own document.',
      },
    });
    expect(workspace.seen[0]).toMatchObject({ method: 'POST', url: '/v1/query' });
    expect(workspace.seen[0]?.headers).toMatchObject({ ...ada.authorization, 'x-latchkey-channel': 'wizard' });
    expect(JSON.parse(workspace.seen[0]?.body.toString() ?? '')).toEqual({ query: 'What is RAG?' });
  });

  test('that fails is told with workspace’s own reason', async () => {
    const problem = { type: 'about:blank', title: 'Not now.', status: 502, code: 'question_failed', retry_after: 3 };
    workspace.answer((_seen, response) => json(response, 502, problem));
    const {
      status: code,
      body,
      headers,
    } = await at.post(`${wizard}/sample-query`, { query: 'Why?' }, ada.authorization);
    expect({ code, problem: body.code, wait: headers.get('retry-after') }).toEqual({
      code: 502,
      problem: 'question_failed',
      wait: '3',
    });
  });

  test('that workspace answers with nonsense is a failure of ours, told as one', async () => {
    for (const [status, body] of [
      [200, { hello: 1 }],
      [500, { hello: 1 }],
      [418, { type: '', title: '', status: 418, code: 'teapot' }],
    ] as const) {
      workspace.answer((_seen, response) => json(response, status, body));
      const answer = await at.post(`${wizard}/sample-query`, {}, ada.authorization);
      expect({ code: answer.status, problem: answer.body.code }).toEqual({
        code: 502,
        problem: 'upstream_unavailable',
      });
    }
  });

  test('waits until there is a workspace', async () => {
    const early = await customer(false);
    const { status: code, body } = await at.post(`${wizard}/sample-query`, {}, early.authorization);
    expect({ code, problem: body.code }).toEqual({ code: 403, problem: 'tenant_not_active' });
    expect(workspace.seen).toHaveLength(0);
  });
});

describe('the first upload', () => {
  const document = {
    document_id: 'doc_1',
    title: 'a.txt',
    format: 'txt',
    bytes: 3,
    state: 'indexed',
    chunks_created: 2,
    chunks_total: 2,
    reason: null,
    uploaded_at: '2026-11-23T03:00:00.000Z',
  };

  async function upload(bytes: Buffer, url = at.service.url): Promise<Answer> {
    const form = new FormData();
    form.set('file', new Blob([new Uint8Array(bytes)]), 'a.txt');
    const response = await fetch(`${url}${wizard}/upload-document`, {
      method: 'POST',
      body: form,
      headers: ada.authorization,
    });
    return { status: response.status, body: (await response.json()) as Answer['body'], headers: response.headers };
  }

  test('reaches workspace as it was sent', async () => {
    workspace.answer((_seen, response) => json(response, 201, document));
    const bytes = randomBytes(3_000_000);
    const { status: code, body } = await upload(bytes);
    expect({ code, body }).toMatchObject({
      code: 200,
      body: { success: true, chunks_created: 2, document_id: 'doc_1', state: 'indexed' },
    });
    expect(workspace.seen[0]?.body.includes(bytes)).toBe(true);
  });

  test('that workspace rejects is told with the reason, and not as a success', async () => {
    const reason = {
      code: 'document_encrypted',
      message: 'The document is protected by a password. Save a copy without it.',
    };
    workspace.answer((_seen, response) => json(response, 201, { ...document, state: 'rejected', reason }));
    const { status: code, body } = await upload(Buffer.from('x'));
    expect({ code, problem: body.code, title: body['title'] }).toEqual({
      code: 422,
      problem: 'document_encrypted',
      title: reason.message,
    });
  });

  test('that is refused while it is still being sent gets the refusal, not a broken connection', async () => {
    workspace.refuseEarly(413, { type: 'about:blank', title: 'Too large.', status: 413, code: 'document_too_large' });
    const { status: code, body } = await upload(randomBytes(9_000_000));
    expect({ code, problem: body.code }).toEqual({ code: 413, problem: 'document_too_large' });
  });

  test('that was refused leaves its connection usable for the next request', async () => {
    workspace.refuseEarly(413, { type: 'about:blank', title: 'Too large.', status: 413, code: 'document_too_large' });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const send = (method: string, path: string, headers: object, body?: Buffer) =>
      new Promise<{ code: number | undefined; port: number | undefined }>((resolve, reject) => {
        const url = at.service.url + path;
        const request = sendRaw(url, { method, agent, headers: { ...ada.authorization, ...headers } }, (response) => {
          response.resume().once('end', () => resolve({ code: response.statusCode, port: request.socket?.localPort }));
        });
        request.on('error', reject).end(body);
      });
    const form = { 'content-type': 'multipart/form-data; boundary=x', 'content-length': 9_000_000 };
    const refused = await send('POST', `${wizard}/upload-document`, form, Buffer.alloc(9_000_000));
    expect(refused.code).toBe(413);
    expect(await send('GET', `${wizard}/status`, {})).toEqual({ code: 200, port: refused.port });
    agent.destroy();
  });

  test('of 12 MB is refused in words, not by a broken connection', async () => {
    const { status: code, body } = await upload(Buffer.alloc(12 * 1_024 * 1_024));
    expect({ code, problem: body.code }).toEqual({ code: 413, problem: 'document_too_large' });
    expect(workspace.seen).toHaveLength(0);
  });

  test('of 12 MB is refused before a byte of it is read', async () => {
    const length = 12 * 1_024 * 1_024;
    const headers = {
      ...ada.authorization,
      'content-type': 'multipart/form-data; boundary=x',
      'content-length': length,
    };
    const code = await new Promise<number>((resolve, reject) => {
      const request = sendRaw(`${at.service.url}${wizard}/upload-document`, { method: 'POST', headers }, (response) => {
        resolve(response.statusCode ?? 0);
        request.destroy();
      });
      request.on('error', reject);
      request.flushHeaders();
    });
    expect(code).toBe(413);
    expect(workspace.seen).toHaveLength(0);
  });

  test('without a document is told what is missing', async () => {
    expect((await at.post(`${wizard}/upload-document`, {}, ada.authorization)).body.code).toBe('document_missing');
  });

  test('to a workspace that stands still ends in time, with a word when to come back', async () => {
    const still = await startStandingStill();
    const replica = await at.replica({ WORKSPACE_URL: still.url, WORKSPACE_UPLOAD_TIMEOUT_MS: '500' });
    // The second one finds a process that accepts and reads nothing at all.
    for (const bytes of [Buffer.from('x'), Buffer.from('x')]) {
      const { status: code, body, headers } = await upload(bytes, replica.url);
      expect({ code, problem: body.code, wait: headers.get('retry-after') }).toEqual({
        code: 504,
        problem: 'timed_out',
        wait: '2',
      });
    }
    still.stop();
    await at.world.stopService(replica);
  });

  test('with workspace down is told so', async () => {
    const replica = await at.replica({ WORKSPACE_URL: 'http://127.0.0.1:9' });
    const { status: code, body } = await at.post(`${wizard}/sample-query`, {}, ada.authorization, replica.url);
    expect({ code, problem: body.code }).toEqual({ code: 502, problem: 'upstream_unavailable' });
    await at.world.stopService(replica);
  });
});
