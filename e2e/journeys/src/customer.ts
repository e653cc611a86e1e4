import {
  ApiKeyResponse,
  DocumentResponse,
  LoginResponse,
  QueryResponse,
  sampleQuestion,
  UsageResponse,
  WizardStatus,
} from '@latchkey/contracts';
import { type Ask, type Reply, Refusal, request } from './http.js';
import type { OwnDocument } from './own-document.js';
import type { Patience } from './patience.js';

type Usage = ReturnType<typeof UsageResponse.parse>;
type Source = ReturnType<typeof QueryResponse.parse>['sources'][number];

/** Honest "I do not know"s that a person takes before giving up on a question. */
const questionTriesMax = 5;
const betweenLooksMs = 300;
const betweenQuestionsMs = 1_000;

/** An answer came, again and again, and was not the one that the documents hold. */
export class WrongAnswer extends Error {}

/** Somebody with an active account: logs in and uses the wizard and the product as the first page suggests. */
export class Customer {
  private token = '';
  /** Questions sent, answered or not: a lost answer may still have been counted by the quota. */
  asked = 0;
  answered = 0;

  constructor(
    private readonly gateway: string,
    private readonly credentials: { email: string; password: string },
    private readonly patience: Patience,
  ) {}

  async logIn(): Promise<void> {
    const reply = await this.patience.insist((signal) =>
      request(`${this.gateway}/api/auth/login`, { method: 'POST', json: this.credentials, signal }),
    );
    this.token = LoginResponse.parse(JSON.parse(reply.text)).access_token;
  }

  async wizardStatus(): Promise<ReturnType<typeof WizardStatus.parse>> {
    return WizardStatus.parse(await this.ask('/api/onboarding/setup-wizard/status'));
  }

  /** The wizard's first step: the sample question, answered from the sample document (F3). */
  async askSampleQuestion(): Promise<void> {
    await this.until('the sample question found no sample document', async () => {
      const reply = await this.question('/api/onboarding/setup-wizard/sample-query', {});
      const { sources } = reply as { sources: Source[] };
      return sources.some(({ document_id }) => document_id === sampleQuestion.expectedDocumentId);
    });
  }

  /** Uploads in the wizard and waits until the document can be searched. Returns its id. */
  async upload({ filename, text }: OwnDocument): Promise<string> {
    const body = () => {
      const form = new FormData();
      form.append('file', new Blob([text], { type: 'text/plain' }), filename);
      return form;
    };
    for (;;) {
      const uploaded = await this.ask('/api/onboarding/setup-wizard/upload-document', () => ({
        method: 'POST',
        body: body(),
      }));
      const { document_id: id, state } = uploaded as { document_id: string; state: string };
      if (state === 'indexed' || (await this.isIndexed(id))) return id;
    }
  }

  /** Asks until the answer holds the fact and cites the customer's own document. */
  async askAbout({ question, fact }: OwnDocument, documentId: string): Promise<void> {
    await this.until('the own question was not answered from the own document', async () => {
      const { answer, sources } = QueryResponse.parse(await this.question('/v1/query', { query: question }));
      return answer.includes(fact) && sources.some(({ document_id }) => document_id === documentId);
    });
  }

  /** Refused as incomplete until the facts have arrived at signup; a person presses the button again. */
  async completeWizard(): Promise<void> {
    const post: Ask = { method: 'POST', json: {} };
    await this.ask('/api/onboarding/setup-wizard/complete', () => post, ['setup_incomplete']);
  }

  async firstKeys(): Promise<number> {
    const { api_keys: keys } = (await this.ask('/v1/api-keys')) as { api_keys: unknown[] };
    return keys.map((key) => ApiKeyResponse.parse(key)).filter(({ state }) => state !== 'revoked').length;
  }

  async usage(): Promise<Usage> {
    return UsageResponse.parse(await this.ask('/v1/usage'));
  }

  /** False when the document was refused for a reason that goes away, so that it is worth another upload. */
  private async isIndexed(documentId: string): Promise<boolean> {
    for (;;) {
      const { state, reason } = DocumentResponse.parse(await this.ask(`/v1/documents/${documentId}`));
      if (state === 'indexed') return true;
      if (state === 'rejected' && reason?.code === 'document_indexing_failed') return false;
      if (state === 'rejected') throw new WrongAnswer(`the document was rejected: ${reason?.code}`);
      await this.patience.pause(betweenLooksMs, `the document stayed ${state}`);
    }
  }

  private async question(path: string, json: object): Promise<unknown> {
    const reply = await this.ask(path, () => {
      this.asked += 1;
      return { method: 'POST', json };
    });
    this.answered += 1;
    return reply;
  }

  private async until(complaint: string, isRight: () => Promise<boolean>): Promise<void> {
    for (let tries = 1; ; tries++) {
      if (await isRight()) return;
      if (tries === questionTriesMax) throw new WrongAnswer(complaint);
      await this.patience.pause(betweenQuestionsMs, complaint);
    }
  }

  /** Sessions are short; whoever takes longer logs in again. */
  async ask(path: string, make: () => Ask = () => ({}), alsoPassing: readonly string[] = []): Promise<unknown> {
    const send = (): Promise<Reply> =>
      this.patience.insist((signal) => {
        const headers = { authorization: `Bearer ${this.token}` };
        return request(`${this.gateway}${path}`, { ...make(), headers, signal });
      }, alsoPassing);
    try {
      return JSON.parse((await send()).text);
    } catch (error) {
      if (!(error instanceof Refusal && error.status === 401)) throw error;
      await this.logIn();
      return JSON.parse((await send()).text);
    }
  }
}
