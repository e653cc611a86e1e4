import {
  CloseWorkspace,
  OpenWorkspace,
  problems,
  sampleDocuments,
  type Plan,
  type ProblemCode,
} from '@latchkey/contracts';
import { newId } from '@latchkey/shared/ids';
import { Questions } from '@latchkey/shared/messaging';
import { Door } from '@latchkey/shared/persistence';
import { delay } from '@latchkey/shared/time';
import type { RunningService } from '@latchkey/shared/service';
import { startSessionIssuer, startWorld, type SessionIssuer, type World } from '@latchkey/testing';
import { PineconeNamespaces } from '@latchkey/vendor-pinecone';
import pg from 'pg';
import { Models } from '../../src/models.js';
import { workspace } from '../../src/service.js';

export interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown> & { code?: string };
}

/** One signed-in tenant, speaking HTTP as a browser or a program would. */
export class Tenant {
  constructor(
    readonly id: string,
    readonly firstKeyId: string,
    readonly session: string,
    private readonly url: string,
  ) {}

  /** The same person with another token, or at another replica. */
  as(change: { session?: string; url?: string }): Tenant {
    return new Tenant(this.id, this.firstKeyId, change.session ?? this.session, change.url ?? this.url);
  }

  async call(
    method: string,
    path: string,
    options: { token?: string; json?: unknown; headers?: object } = {},
  ): Promise<Answer> {
    const { token = this.session, json } = options;
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    return readAnswer(response);
  }

  ask(query: string, more: { token?: string; documentIds?: string[]; channel?: string } = {}): Promise<Answer> {
    return this.call('POST', '/v1/query', {
      ...(more.token ? { token: more.token } : {}),
      json: { query, ...(more.documentIds ? { document_ids: more.documentIds } : {}) },
      headers: more.channel ? { 'x-latchkey-channel': more.channel } : {},
    });
  }

  /** The upload's own answer: 202 while the document is still being worked on. */
  async startUpload(filename: string, content: string | Buffer, token = this.session): Promise<Answer> {
    const form = new FormData();
    form.set('file', new Blob([new Uint8Array(Buffer.from(content))]), filename);
    const headers = { authorization: `Bearer ${token}` };
    return readAnswer(await fetch(`${this.url}/v1/documents`, { method: 'POST', headers, body: form }));
  }

  async upload(filename: string, content: string | Buffer, token = this.session): Promise<Answer> {
    const answer = await this.startUpload(filename, content, token);
    return answer.status === 202 ? this.finished(String(answer.body['document_id'])) : answer;
  }

  /** What the upload would have answered on a machine quick enough: specs must not depend on the machine. */
  private async finished(documentId: string): Promise<Answer> {
    for (;;) {
      const answer = await this.call('GET', `/v1/documents/${documentId}`);
      const { state, reason } = answer.body as { state?: string; reason?: { code: ProblemCode } };
      if (answer.status === 404) return answer;
      if (state === 'indexed') return { ...answer, status: 201 };
      if (reason) return { ...answer, status: problems[reason.code].status, body: { code: reason.code } };
      await delay(100);
    }
  }

  /** Shows the first key, as the customer does once. */
  async revealFirstKey(): Promise<string> {
    const { body } = await this.call('POST', `/v1/api-keys/${this.firstKeyId}/reveal`);
    return String(body['key']);
  }
}

async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const body = text === '' ? {} : (JSON.parse(text) as Answer['body']);
  return { status: response.status, headers: response.headers, body };
}

/** NATS learns of a subscription a moment after the service has made it; a harmless question tells when. */
async function untilAnswering(service: RunningService): Promise<void> {
  for (let tries = 1; ; tries++) {
    const asked = service.get(Questions).ask(CloseWorkspace, { tenant_id: 'tenant_nobody' });
    if (
      await asked.then(
        () => true,
        () => tries > 50,
      )
    )
      return;
    await delay(20);
  }
}

/** The workspace service with everything it needs around it: vendors on the wire, and an issuer of session tokens. */
export class Office {
  private constructor(
    readonly world: World,
    readonly service: RunningService,
    private readonly issuer: SessionIssuer,
    private readonly env: Record<string, string>,
  ) {}

  static async open(env: Record<string, string> = {}): Promise<Office> {
    const world = await startWorld({ sandbox: true });
    const issuer = await startSessionIssuer(`http://127.0.0.1:${world.ports.signup}`);
    const all = {
      PINECONE_API_KEY: 'pc-test',
      PINECONE_INDEX_HOST: world.sandbox.pinecone,
      OPENAI_API_KEY: 'sk-test',
      OPENAI_BASE_URL: `${world.sandbox.openai}/v1`,
      JWKS_URL: issuer.jwksUrl,
      PARSER_TIMEOUT_MS: '8000',
      // Specs about one piece of work: another's failures must not stop it. The outage specs say otherwise.
      BREAKER_FAILURES: '1000',
      BREAKER_PAUSE_MAX_SECONDS: '0.2',
      ...env,
    };
    const service = await world.start(workspace, all);
    await untilAnswering(service);
    return new Office(world, service, issuer, all);
  }

  /** A second replica on the same database. */
  replica(env: Record<string, string> = {}): Promise<RunningService> {
    return this.world.start(workspace, { ...this.env, ...env });
  }

  token(claims: Record<string, unknown>, expiresInSeconds = 900): Promise<string> {
    return this.issuer.sign(claims, this.world.clock.nowMs() + expiresInSeconds * 1_000);
  }

  /** Opens a workspace as the provisioner does; the samples only where a spec asks about them. */
  async tenant(options: { plan?: Plan; samples?: boolean } = {}): Promise<Tenant> {
    const id = newId('tenant');
    const { first_key_id } = await this.ask(id, options.plan);
    if (options.samples) await this.loadSamples(id);
    return new Tenant(id, first_key_id, await this.token({ tenant_id: id }), this.service.url);
  }

  ask(tenantId: string, plan: Plan = 'starter', service = this.service) {
    const request = { tenant_id: tenantId, plan, namespace: tenantId, trial_ends_at: null };
    return service.get(Questions).ask(OpenWorkspace, request);
  }

  /**
   * Starts requests while their row is locked by somebody else, and lets them go together: those who only read before
   * they write have then all read the same, which plain parallel requests seldom do.
   */
  async collide<T>(lock: string, values: unknown[], requests: () => Promise<T>[]): Promise<T[]> {
    const holder = new pg.Client({ connectionString: await this.world.databaseUrl('workspace') });
    await holder.connect();
    await holder.query('begin');
    await holder.query(lock, values);
    const started = requests();
    await delay(400);
    await holder.query('commit');
    await holder.end();
    return Promise.all(started);
  }

  /** What a job does inside its door, without waiting for its cron. */
  inCommit<T>(work: () => Promise<T>): Promise<T> {
    return this.service.get(Door).commit('spec', work);
  }

  /** Until no question of the tenant is open any more, however long this machine takes. */
  async untilSettled(tenantId: string): Promise<void> {
    const open = () => this.service.sql(`select 1 from question where tenant_id = $1 and state = 'asked'`, [tenantId]);
    while ((await open()).length > 0) await delay(30);
  }

  async fault(match: object, action: object): Promise<void> {
    const response = await fetch(`${this.world.sandbox.console}/_sim/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ match, action }),
    });
    if (!response.ok) throw new Error(`The sandbox refused the fault: ${await response.text()}`);
  }

  /** How often a vendor was called so far. */
  async callsTo(vendor: string): Promise<number> {
    const response = await fetch(`${this.world.sandbox.console}/_sim/requests?vendor=${vendor}&limit=50000`);
    return ((await response.json()) as { requests: object[] }).requests.length;
  }

  async noFaults(): Promise<void> {
    await fetch(`${this.world.sandbox.console}/_sim/faults`, { method: 'DELETE' });
  }

  async close(): Promise<void> {
    await this.world.stop();
    this.issuer.stop();
  }

  private async loadSamples(namespace: string): Promise<void> {
    const { vectors } = await this.service.get(Models).embedder.embed(sampleDocuments.map(({ text }) => text));
    const records = sampleDocuments.map(({ id, title, text }, at) => ({
      id,
      values: vectors[at]!,
      metadata: { document_id: id, title, text, chunk: 0, sample: true },
    }));
    const pinecone = this.service.get(PineconeNamespaces);
    const { lsn } = await pinecone.upsert(namespace, records);
    while (!(await pinecone.query(namespace, vectors[0]!, { topK: 1, minIndexedLsn: lsn })).caughtUp) await delay(10);
  }
}
