import { DeleteTenantResponse } from '@latchkey/contracts';
import { Responds } from '@latchkey/shared/http';
import { Body, Controller, Get, Header, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import type { Request } from 'express';
import { z } from 'zod';
import { callerOf } from '../gateway/caller.js';
import type { Claims } from '../sessions/access-tokens.js';
import { SessionClaims, SessionGuard } from '../sessions/session.guard.js';
import { EraseTenant } from './erase-tenant.js';
import { ExportTenant } from './export-tenant.js';

const DeleteRequest = z.strictObject({ password: z.string().max(256) });

/** What the law lets every customer ask for. */
@UseGuards(SessionGuard)
@Controller('api/tenant')
export class PrivacyController {
  constructor(
    private readonly eraseTenant: EraseTenant,
    private readonly exportTenant: ExportTenant,
  ) {}

  @Post('delete')
  @Responds(DeleteTenantResponse, 202)
  @HttpCode(202)
  async delete(
    @SessionClaims() session: Claims,
    @Body({ schema: DeleteRequest }) body: z.infer<typeof DeleteRequest>,
    @Req() request: Request,
  ): Promise<{ status: string; message: string }> {
    await this.eraseTenant.run(session, body.password, callerOf(request));
    return { status: 'erased', message: 'Your account is closed, and everything stored about it is being erased.' };
  }

  @Get('export')
  @Header('cache-control', 'no-store')
  @Header('content-disposition', 'attachment; filename="latchkey-export.json"')
  export(@SessionClaims() session: Claims): Promise<object> {
    return this.exportTenant.run(session.tenantId);
  }
}
