import { AddOperator, OperatorAccount, OperatorAccounts as OperatorList } from '@latchkey/contracts';
import { OperatorGuard, Responds } from '@latchkey/shared/http';
import { Body, Controller, Get, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { OperatorAccounts } from './operator-accounts.js';

/** For whoever holds the operator token, `npm run operators`. The console's own sessions never reach it (operator-gateway.ts). */
@Controller('api/operator/operators')
@UseGuards(OperatorGuard)
export class OperatorAccountsController {
  constructor(private readonly accounts: OperatorAccounts) {}

  @Get()
  @Responds(OperatorList)
  async list(): Promise<OperatorList> {
    return { operators: await this.accounts.list() };
  }

  @Post()
  @HttpCode(200)
  @Responds(OperatorAccount)
  put(@Body({ schema: AddOperator }) body: AddOperator): Promise<OperatorAccount> {
    return this.accounts.put(body);
  }

  @Post(':email/disable')
  @HttpCode(200)
  @Responds(OperatorAccount)
  disable(@Param('email') email: string): Promise<OperatorAccount> {
    return this.accounts.disable(email);
  }
}
