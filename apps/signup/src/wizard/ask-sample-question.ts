import { QueryResponse, sampleQuestion } from '@latchkey/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { Readable } from 'node:stream';
import type { z } from 'zod';
import { CONFIG, type Config } from '../config.js';
import { LoadTenant } from '../tenants/load-tenant.js';
import { WorkspaceClient } from './workspace-client.js';

export interface SampleAnswer extends Pick<z.infer<typeof QueryResponse>, 'answer' | 'sources'> {
  message: string;
}

/** Only what is used here is asked for, so that a workspace of an older or newer version is understood too. */
const Answer = QueryResponse.pick({ answer: true, sources: true, grounded: true });

/** The wizard's first step (S4.4): one click, and the product answers with its sources. */
@Injectable()
export class AskSampleQuestion {
  constructor(
    private readonly loadTenant: LoadTenant,
    private readonly workspace: WorkspaceClient,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async run(tenantId: string, authorization: string, query: string = sampleQuestion.text): Promise<SampleAnswer> {
    await this.loadTenant.active(tenantId);
    const bytes = Buffer.from(JSON.stringify({ query }));
    const { answer, sources, grounded } = await this.workspace.post({
      path: '/v1/query',
      authorization,
      headers: { 'content-type': 'application/json', 'content-length': bytes.length },
      body: Readable.from([bytes]),
      answer: Answer,
      answerWithinMs: this.config.WORKSPACE_ANSWER_TIMEOUT_MS,
    });
    const message = grounded
      ? 'Great! Now try uploading your own document.'
      : 'Your documents do not hold an answer to this. Try the sample question, or upload a document about it.';
    return { answer, sources, message };
  }
}
