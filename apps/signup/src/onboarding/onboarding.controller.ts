import {
  ResendCodeRequest,
  SignupRequest,
  VerifyEmailRequest,
  type SignupResponse,
  type TenantStatusResponse,
} from '@latchkey/contracts';
import { Body, Controller, Get, Header, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { Tenant } from '../tenants/tenant.entity.js';
import { callerOf } from '../gateway/caller.js';
import { DescribeTenant } from './describe-tenant.js';
import { ResendCode } from './resend-code.js';
import { SignUp } from './sign-up.js';
import { StatusStreams } from './status-streams.js';
import { VerifyEmail } from './verify-email.js';

/** What a stranger meets: no route here needs a login. */
@Controller('api/onboarding')
export class OnboardingController {
  constructor(
    private readonly signUp: SignUp,
    private readonly verifyEmail: VerifyEmail,
    private readonly resendCode: ResendCode,
    private readonly describeTenant: DescribeTenant,
    private readonly statusStreams: StatusStreams,
  ) {}

  /** 201 for a new tenant, 200 when an abandoned signup goes on. */
  @Post('signup')
  async signup(
    @Body({ schema: SignupRequest }) body: SignupRequest,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SignupResponse> {
    const { created, response: answer } = await this.signUp.run(body, callerOf(request));
    response.status(created ? 201 : 200);
    return answer;
  }

  @Post('verify-email')
  @HttpCode(200)
  async verify(@Body({ schema: VerifyEmailRequest }) body: z.infer<typeof VerifyEmailRequest>): Promise<CodeAnswer> {
    return codeAnswer(await this.verifyEmail.run(body.tenant_id, body.code));
  }

  @Post('resend-code')
  @HttpCode(200)
  async resend(@Body({ schema: ResendCodeRequest }) body: z.infer<typeof ResendCodeRequest>): Promise<CodeAnswer> {
    return codeAnswer(await this.resendCode.run(body.tenant_id));
  }

  @Get('tenants/:tenantId')
  @Header('cache-control', 'no-store')
  status(@Param('tenantId') tenantId: string): Promise<TenantStatusResponse> {
    return this.describeTenant.run(tenantId);
  }

  @Get('tenants/:tenantId/events')
  async events(@Param('tenantId') tenantId: string, @Res() response: Response): Promise<void> {
    await this.statusStreams.open(tenantId, response);
  }
}

interface CodeAnswer {
  tenant_id: string;
  status: string;
  email_verified: boolean;
  message: string;
}

function codeAnswer(tenant: Tenant): CodeAnswer {
  const verified = tenant.emailVerifiedAt != null;
  const message = verified
    ? `Your email is confirmed.${tenant.paidAt ? '' : ' Complete payment to activate your account.'}`
    : 'A new code is on its way. The one before does not work any more.';
  return { tenant_id: tenant.id, status: tenant.status, email_verified: verified, message };
}
