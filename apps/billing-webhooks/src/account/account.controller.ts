import { BillingInvoices, BillingPortal, BillingSubscription } from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { Responds, WindowCounter } from '@latchkey/shared/http';
import { OwnerGuard, SessionTenant } from '@latchkey/shared/sessions';
import { Controller, Get, Header, HttpCode, Post, UseGuards } from '@nestjs/common';
import { DescribeSubscription } from './describe-subscription.js';
import { ListInvoices } from './list-invoices.js';
import { OpenPortal } from './open-portal.js';

/** Each of these may cost a call of Stripe's, whose limit all our customers share. */
const requestsPerMinuteMax = 60;

/** The customer's own billing page, for the owner of the tenant by session. */
@Controller('api/billing')
@UseGuards(OwnerGuard)
export class AccountController {
  private readonly requests = new WindowCounter(requestsPerMinuteMax, 60_000);

  constructor(
    private readonly describeSubscription: DescribeSubscription,
    private readonly listInvoices: ListInvoices,
    private readonly openPortal: OpenPortal,
  ) {}

  @Get('subscription')
  @Header('cache-control', 'no-store')
  @Responds(BillingSubscription)
  subscription(@SessionTenant() tenantId: string): Promise<BillingSubscription> {
    this.brake(tenantId);
    return this.describeSubscription.run(tenantId);
  }

  @Get('invoices')
  @Header('cache-control', 'no-store')
  @Responds(BillingInvoices)
  invoices(@SessionTenant() tenantId: string): Promise<BillingInvoices> {
    this.brake(tenantId);
    return this.listInvoices.run(tenantId);
  }

  @Post('portal')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Responds(BillingPortal)
  portal(@SessionTenant() tenantId: string): Promise<BillingPortal> {
    this.brake(tenantId);
    return this.openPortal.run(tenantId);
  }

  private brake(tenantId: string): void {
    const retryAfterSeconds = this.requests.take(tenantId);
    if (retryAfterSeconds !== null) throw new ProblemError('rate_limited', { retryAfterSeconds });
  }
}
