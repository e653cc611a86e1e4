import { ProblemError } from '@latchkey/shared/errors';
import { OpenApi } from '@latchkey/shared/http';
import { Controller, Get, Header, Inject, Param, Query } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { ConfirmPayment } from '../onboarding/confirm-payment.js';
import type { ConfirmCheckoutResponse as PaymentNews } from '@latchkey/contracts';
import { guides, guidesPage, legalPages } from './guide-pages.js';
import { cancelledPage, escapeHtml, homePage, loginPage, page, pagePolicy, signupPage } from './pages.js';

const html = 'text/html; charset=utf-8';
const policyHeader = 'content-security-policy';

/** Plain pages for the addresses that mails and Stripe send people to, until the browser application serves them. */
@OpenApi(({ ApiExcludeController }) => ApiExcludeController())
@Controller()
export class PagesController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly confirmPayment: ConfirmPayment,
  ) {}

  @Get()
  @Header('content-type', html)
  @Header(policyHeader, pagePolicy)
  home(): string {
    return homePage(this.config.SANDBOX_URL);
  }

  @Get('signup')
  @Header('content-type', html)
  @Header(policyHeader, pagePolicy)
  signup(@Query('cancelled') cancelled: unknown): string {
    return cancelled === 'true' ? cancelledPage : signupPage;
  }

  @Get('login')
  @Header('content-type', html)
  @Header(policyHeader, pagePolicy)
  login(): string {
    return loginPage;
  }

  @Get('docs')
  @Header('content-type', html)
  @Header(policyHeader, pagePolicy)
  docs(): string {
    return guidesPage;
  }

  @Get('docs/:name')
  @Header('content-type', html)
  @Header(policyHeader, pagePolicy)
  guide(@Param('name') name: string): string {
    return pageNamed(guides, name);
  }

  @Get('legal/:name')
  @Header('content-type', html)
  @Header(policyHeader, pagePolicy)
  legal(@Param('name') name: string): string {
    return pageNamed(legalPages, name);
  }

  @Get('onboarding/success')
  @Header('content-type', html)
  @Header(policyHeader, pagePolicy)
  @Header('cache-control', 'no-store')
  async success(@Query('session_id') sessionId: unknown): Promise<string> {
    const known = typeof sessionId === 'string' && /^[\w-]{1,255}$/.test(sessionId);
    return successPage(known ? await this.confirmPayment.run(sessionId) : { state: 'unknown', tenant: null });
  }
}

function pageNamed(pages: Readonly<Record<string, string>>, name: string): string {
  const found = Object.hasOwn(pages, name) ? pages[name] : undefined;
  if (found === undefined) throw new ProblemError('not_found');
  return found;
}

const sentences: Record<PaymentNews['state'], string> = {
  completed: 'Your payment details have arrived.',
  open: 'Stripe has not finished this checkout yet.',
  expired: 'This checkout was closed before it was paid. Nothing was charged; please sign up again.',
  unknown: 'We do not know this checkout. If you paid, nothing is lost: the link in your mail leads to your account.',
  unanswered: 'We could not ask about your payment just now. Nothing is lost, and you need not pay again.',
};

function successPage({ state, tenant }: PaymentNews): string {
  const title = state === 'completed' ? 'Thank you' : 'Your checkout';
  const known = tenant
    ? `<p>${escapeHtml(tenant.message)}</p><p><a href="/api/onboarding/tenants/${encodeURIComponent(tenant.tenant_id)}">The true state of your signup</a></p>`
    : '';
  // The page looks again by itself while something is still under way, so it needs no script.
  const waiting = state === 'open' || state === 'unanswered' || tenant?.next === 'wait';
  return page(title, `<p>${sentences[state]}</p>${known}`, waiting ? 3 : undefined);
}
