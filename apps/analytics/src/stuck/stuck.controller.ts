import { OperatorGuard } from '@latchkey/shared/http';
import { Controller, Get, Param, Query, UseGuards } from '@nestjs/common';
import { TenantId } from '../journal/read-timeline.js';
import { AskContacts } from './ask-contacts.js';
import { ListStuck, StuckPage, type StuckCustomers } from './list-stuck.js';

/** Who needs a person (S4.5). */
@Controller('api/analytics')
@UseGuards(OperatorGuard)
export class StuckController {
  constructor(
    private readonly listStuck: ListStuck,
    private readonly askContacts: AskContacts,
  ) {}

  @Get('stuck-customers')
  stuck(@Query({ schema: StuckPage }) page: StuckPage): Promise<StuckCustomers> {
    return this.listStuck.run(page);
  }

  /** Whom to write to. Nulls while signup does not answer, and of who was erased or never was. */
  @Get('tenants/:tenant_id/contact')
  async contact(
    @Param('tenant_id', { schema: TenantId }) tenantId: string,
  ): Promise<{ company: string | null; email: string | null }> {
    const card = (await this.askContacts.run([tenantId]))?.get(tenantId);
    return { company: card?.company_name ?? null, email: card?.email ?? null };
  }
}
