import {
  CodeResponse,
  ConfirmCheckoutRequest,
  ConfirmCheckoutResponse,
  ResendCodeRequest,
  SignupRequest,
  VerifyEmailRequest,
  SignupResponse,
  TenantStatusResponse,
} from '@latchkey/contracts';
import { Responds } from '@latchkey/shared/http';
import { Body, Controller, Get, Header, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { Tenant } from '../tenants/tenant.entity.js';
import { callerOf } from '../gateway/caller.js';
import { ConfirmPayment } from './confirm-payment.js';
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
    private readonly confirmPayment: ConfirmPayment,
  ) {}

  /** 201 for a new tenant, 200 when an abandoned signup goes on. */
  @Post('signup')
  @Responds(SignupResponse, 201)
  @Responds(SignupResponse, 200)
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
  @Responds(CodeResponse)
  async verify(@Body({ schema: VerifyEmailRequest }) body: z.infer<typeof VerifyEmailRequest>): Promise<CodeResponse> {
    return codeAnswer(await this.verifyEmail.run(body.tenant_id, body.code));
  }

  @Post('resend-code')
  @HttpCode(200)
  @Responds(CodeResponse)
  async resend(@Body({ schema: ResendCodeRequest }) body: z.infer<typeof ResendCodeRequest>): Promise<CodeResponse> {
    return codeAnswer(await this.resendCode.run(body.tenant_id));
  }

  /** Where Stripe sends people back to, the browser asks this; again while something is still under way. */
  @Post('confirm-checkout')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Responds(ConfirmCheckoutResponse)
  confirm(
    @Body({ schema: ConfirmCheckoutRequest }) body: z.infer<typeof ConfirmCheckoutRequest>,
  ): Promise<ConfirmCheckoutResponse> {
    return this.confirmPayment.run(body.session_id);
  }

  @Get('tenants/:tenantId')
  @Responds(TenantStatusResponse)
  @Header('cache-control', 'no-store')
  status(@Param('tenantId') tenantId: string): Promise<TenantStatusResponse> {
    return this.describeTenant.run(tenantId);
  }

  @Get('tenants/:tenantId/events')
  async events(@Param('tenantId') tenantId: string, @Res() response: Response): Promise<void> {
    await this.statusStreams.open(tenantId, response);
  }
}

function codeAnswer(tenant: Tenant): CodeResponse {
  const verified = tenant.emailVerifiedAt != null;
  const message = verified
    ? `Your email is confirmed.${tenant.paidAt ? '' : ' Complete payment to activate your account.'}`
    : 'A new code is on its way. The one before does not work any more.';
  return { tenant_id: tenant.id, status: tenant.status, email_verified: verified, message };
}
