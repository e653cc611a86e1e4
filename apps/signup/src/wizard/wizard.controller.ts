import {
  AdvancedSettingsResponse,
  CompleteSetupResponse,
  plans,
  SampleQueryRequest,
  SampleQueryResponse,
  UploadFirstDocumentResponse,
  WizardStatus,
} from '@latchkey/contracts';
import { OpenApi, Responds } from '@latchkey/shared/http';
import { Body, Controller, Get, Header, Headers, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import type { Request } from 'express';
import type { z } from 'zod';
import type { Claims } from '../sessions/access-tokens.js';
import { SessionClaims, SessionGuard } from '../sessions/session.guard.js';
import { LoadTenant } from '../tenants/load-tenant.js';
import { AskSampleQuestion, type SampleAnswer } from './ask-sample-question.js';
import { CompleteSetup } from './complete-setup.js';
import { UploadFirstDocument, type UploadAnswer } from './upload-first-document.js';
import { wizardStatus, wizardSteps } from './wizard-progress.js';

/** The way to the first answer (S4.4), in at most three steps (F2). */
@UseGuards(SessionGuard)
@Controller('api')
export class WizardController {
  constructor(
    private readonly loadTenant: LoadTenant,
    private readonly askSampleQuestion: AskSampleQuestion,
    private readonly uploadFirstDocument: UploadFirstDocument,
    private readonly completeSetup: CompleteSetup,
  ) {}

  @Get('onboarding/setup-wizard/status')
  @Responds(WizardStatus)
  @Header('cache-control', 'no-store')
  async status(@SessionClaims() session: Claims): Promise<WizardStatus> {
    return wizardStatus(await this.loadTenant.run(session.tenantId));
  }

  @Get('onboarding/setup-wizard/steps')
  steps(): typeof wizardSteps {
    return wizardSteps;
  }

  @Post('onboarding/setup-wizard/sample-query')
  @Responds(SampleQueryResponse)
  @HttpCode(200)
  sampleQuery(
    @SessionClaims() session: Claims,
    @Body({ schema: SampleQueryRequest.default({}) }) body: z.infer<typeof SampleQueryRequest>,
    @Headers('authorization') authorization: string,
  ): Promise<SampleAnswer> {
    return this.askSampleQuestion.run(session.tenantId, authorization, body.query);
  }

  @Post('onboarding/setup-wizard/upload-document')
  @OpenApi(({ ApiConsumes }) => ApiConsumes('multipart/form-data'))
  @OpenApi(({ ApiBody }) =>
    ApiBody({ schema: { type: 'object', properties: { file: { type: 'string', format: 'binary' } } } }),
  )
  @Responds(UploadFirstDocumentResponse)
  @HttpCode(200)
  uploadDocument(@SessionClaims() session: Claims, @Req() request: Request): Promise<UploadAnswer> {
    return this.uploadFirstDocument.run(session.tenantId, {
      authorization: request.get('authorization') ?? '',
      contentType: request.get('content-type') ?? '',
      contentLength: request.get('content-length'),
      body: request,
    });
  }

  @Post('onboarding/setup-wizard/complete')
  @Responds(CompleteSetupResponse)
  @HttpCode(200)
  async complete(@SessionClaims() session: Claims): Promise<{ message: string; time_to_activate_minutes: number }> {
    const seconds = await this.completeSetup.run(session.tenantId);
    const message = 'Setup complete! You are ready to use the full product.';
    return { message, time_to_activate_minutes: Math.floor(seconds / 60) };
  }

  /** Read-only until there is something to set: defaults fit nine in ten customers (F2). */
  @Get('settings/advanced')
  @Responds(AdvancedSettingsResponse)
  async advanced(@SessionClaims() session: Claims): Promise<z.infer<typeof AdvancedSettingsResponse>> {
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
}
