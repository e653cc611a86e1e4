import {
  ForgotPasswordRequest,
  ForgotPasswordResponse,
  PasswordResetLink,
  ResetPasswordRequest,
  type QuestionReply,
  type QuestionRequest,
} from '@latchkey/contracts';
import { Responds } from '@latchkey/shared/http';
import { Answers } from '@latchkey/shared/messaging';
import { Door, em } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Body, Controller, Header, HttpCode, Inject, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import type { z } from 'zod';
import { CONFIG, type Config } from '../config.js';
import { callerOf } from '../gateway/caller.js';
import { assertSameOrigin } from '../gateway/same-origin.js';
import { Account } from '../tenants/account.entity.js';
import { AskForReset } from './ask-for-reset.js';
import { PasswordReset, resetTokenOf } from './password-reset.entity.js';
import { ResetPassword } from './reset-password.js';

/** The forgotten password: ask for a link, use it; and notifier's question for what the link is. */
@Controller()
export class PasswordResetController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly askForReset: AskForReset,
    private readonly resetPassword: ResetPassword,
  ) {}

  @Post('api/auth/forgot-password')
  @Responds(ForgotPasswordResponse, 202)
  @HttpCode(202)
  @Header('cache-control', 'no-store')
  async forgot(
    @Body({ schema: ForgotPasswordRequest }) { email }: z.infer<typeof ForgotPasswordRequest>,
    @Req() request: Request,
  ): Promise<ForgotPasswordResponse> {
    assertSameOrigin(request, this.config.PUBLIC_URL);
    await this.askForReset.run(email, callerOf(request));
    return { message: 'If there is an account with this address, we have mailed it a link. It works for 30 minutes.' };
  }

  @Post('api/auth/reset-password')
  @HttpCode(204)
  @Header('cache-control', 'no-store')
  async reset(
    @Body({ schema: ResetPasswordRequest }) body: ResetPasswordRequest,
    @Req() request: Request,
  ): Promise<void> {
    assertSameOrigin(request, this.config.PUBLIC_URL);
    await this.resetPassword.run(body, callerOf(request));
  }

  @Answers(PasswordResetLink)
  async link(request: QuestionRequest<typeof PasswordResetLink>): Promise<QuestionReply<typeof PasswordResetLink>> {
    const { tenant_id: tenantId, reset_id: id } = request;
    return this.door.read('password-reset-link', async () => {
      const reset = await em().findOne(PasswordReset, { id, tenantId });
      const account = reset && (await em().findOne(Account, { id: reset.accountId }));
      if (!reset?.isCurrent(this.clock.now()) || !account?.claimedEmail) return { state: 'obsolete' };
      return {
        state: 'current',
        email: account.claimedEmail,
        token: resetTokenOf(id, this.config.VERIFICATION_SECRET),
        expires_at: reset.expiresAt.toISOString(),
      };
    });
  }
}
