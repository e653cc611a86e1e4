import {
  DocumentResponse,
  plans,
  problems,
  QueryResponse,
  SampleQueryRequest,
  sampleQuestion,
  type Problem,
  type WizardStatus,
} from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { delay } from '@latchkey/shared/time';
import { Body, Controller, Get, Header, HttpCode, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Claims } from '../sessions/access-tokens.js';
import { SessionClaims, SessionGuard } from '../sessions/session.guard.js';
import { LoadTenant } from '../tenants/load-tenant.js';
import { wizardStatus, wizardSteps } from './wizard-progress.js';
import { refusalOf, throwAway, WorkspaceClient } from './workspace-client.js';

/** Facts arrive as events within tens of milliseconds; whoever completes right after the answer is given this long. */
const factPatienceMs = 2_000;
const factPollMs = 50;
/** A little above workspace's own 10 MB, for what multipart adds. */
const uploadBytesMax = 11 * 1_024 * 1_024;

/** The way to the first answer (S4.4), in at most three steps (F2). */
@UseGuards(SessionGuard)
@Controller('api')
export class WizardController {
  constructor(
    private readonly loadTenant: LoadTenant,
    private readonly workspace: WorkspaceClient,
  ) {}

  @Get('onboarding/setup-wizard/status')
  @Header('cache-control', 'no-store')
  async status(@SessionClaims() session: Claims): Promise<WizardStatus> {
    return wizardStatus(await this.loadTenant.run(session.tenantId));
  }

  @Get('onboarding/setup-wizard/steps')
  steps(): typeof wizardSteps {
    return wizardSteps;
  }

  @Post('onboarding/setup-wizard/sample-query')
  @HttpCode(200)
  async sampleQuery(
    @SessionClaims() session: Claims,
    @Body({ schema: SampleQueryRequest.default({}) }) body: z.infer<typeof SampleQueryRequest>,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.requireActive(session);
    const query = Buffer.from(JSON.stringify({ query: body.query ?? sampleQuestion.text }));
    const headers = { ...wizardHeaders(request), 'content-type': 'application/json', 'content-length': query.length };
    const answer = await this.workspace.send('/v1/query', headers, Readable.from([query]));
    const refusal = refusalOf(answer);
    if (refusal) return passOn(refusal, response);
    const { answer: text, sources, grounded } = QueryResponse.parse(answer.body);
    const message = grounded
      ? 'Great! Now try uploading your own document.'
      : 'Your documents do not hold an answer to this. Try the sample question, or upload a document about it.';
    response.json({ answer: text, sources, message });
  }

  @Post('onboarding/setup-wizard/upload-document')
  @HttpCode(200)
  async uploadDocument(
    @SessionClaims() session: Claims,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.requireActive(session);
    const contentType = request.get('content-type') ?? '';
    if (!contentType.startsWith('multipart/form-data')) throw new ProblemError('document_missing');
    const length = request.get('content-length');
    if (length !== undefined && Number(length) > uploadBytesMax) {
      throwAway(request);
      throw new ProblemError('document_too_large');
    }
    const headers = {
      ...wizardHeaders(request),
      'content-type': contentType,
      ...(length ? { 'content-length': length } : {}),
    };
    const answer = await this.workspace.send('/v1/documents', headers, request);
    const refusal = refusalOf(answer);
    if (refusal) return passOn(refusal, response);
    const document = DocumentResponse.parse(answer.body);
    if (document.state === 'rejected') return passOn(rejection(document), response);
    response.json({
      success: true,
      chunks_created: document.chunks_created,
      document_id: document.document_id,
      state: document.state,
      message:
        document.state === 'indexed'
          ? 'Document uploaded! Now try asking a question about it.'
          : 'Document uploaded. It is being read and can be asked about in a moment.',
    });
  }

  @Post('onboarding/setup-wizard/complete')
  @HttpCode(200)
  async complete(@SessionClaims() session: Claims): Promise<{ message: string; time_to_activate_minutes: number }> {
    let seconds: number | null = null;
    for (let waitedMs = 0; seconds === null && waitedMs <= factPatienceMs; waitedMs += factPollMs) {
      if (waitedMs > 0) await delay(factPollMs);
      seconds = (await this.loadTenant.run(session.tenantId)).secondsToActivate();
    }
    if (seconds === null) throw new ProblemError('setup_incomplete');
    return {
      message: 'Setup complete! You are ready to use the full product.',
      time_to_activate_minutes: Math.floor(seconds / 60),
    };
  }

  /** Read-only until there is something to set: defaults fit nine in ten customers (F2). */
  @Get('settings/advanced')
  async advanced(@SessionClaims() session: Claims): Promise<object> {
    const { plan } = await this.loadTenant.run(session.tenantId);
    return {
      chunking: {
        current: 'auto',
        options: ['auto', 'custom'],
        description: 'Auto-chunking works for 90% of use cases',
      },
      embedding_model: {
        current: plans[plan].models.embedding,
        options: ['small', 'large'],
        description: 'Small is faster and cheaper, upgrade if quality issues',
      },
    };
  }

  private async requireActive({ tenantId }: Claims): Promise<void> {
    const { status } = await this.loadTenant.run(tenantId);
    if (status !== 'active') throw new ProblemError('tenant_not_active');
  }
}

/** The channel makes a wizard's question tell itself apart from the product's in analytics. */
function wizardHeaders(request: Request): { authorization: string; 'x-latchkey-channel': string } {
  return { authorization: request.get('authorization') ?? '', 'x-latchkey-channel': 'wizard' };
}

function rejection({ reason }: z.infer<typeof DocumentResponse>): Problem {
  const code = reason && reason.code in problems ? (reason.code as keyof typeof problems) : 'document_unreadable';
  return {
    type: `https://latchkey.dev/problems/${code}`,
    title: reason?.message ?? problems[code].title,
    status: problems[code].status,
    code,
  };
}

function passOn(problem: Problem, response: Response): void {
  if (problem.retry_after !== undefined) response.setHeader('retry-after', String(problem.retry_after));
  response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}
