import { defineService } from '@latchkey/shared/service';
import { createCaptcha } from '@latchkey/vendor-captcha';
import cookieParser from 'cookie-parser';
import { Config, CONFIG } from './config.js';
import { floodBrake } from './gateway/flood-brake.js';
import { operatorGateway } from './gateway/operator-gateway.js';
import { KeptWebFiles } from './gateway/kept-web-files.js';
import { gateway } from './gateway/proxy.js';
import { WebFile } from './gateway/web-file.entity.js';
import { webPages } from './gateway/web-pages.js';
import { RateCounter } from './limits/rate-counter.entity.js';
import { RateLimits } from './limits/rate-limits.js';
import { Migration20261123000001_signup } from './migrations/migration-20261123000001-signup.js';
import { Migration20261124000001_deadlines } from './migrations/migration-20261124000001-deadlines.js';
import { AskForCheckout } from './onboarding/ask-for-checkout.js';
import { ConfirmPayment } from './onboarding/confirm-payment.js';
import { DescribeTenant } from './onboarding/describe-tenant.js';
import { OnboardingController } from './onboarding/onboarding.controller.js';
import { RegisterTenant } from './onboarding/register-tenant.js';
import { ResendCode } from './onboarding/resend-code.js';
import { PaidFirst } from './onboarding/paid-first.js';
import { CAPTCHA, SignUp } from './onboarding/sign-up.js';
import { StatusStreams } from './onboarding/status-streams.js';
import { VerifyEmail } from './onboarding/verify-email.js';
import { Migration20261124000002_operators } from './migrations/migration-20261124000002-operators.js';
import { Migration20261128000001_password_reset } from './migrations/migration-20261128000001-password-reset.js';
import { Migration20261128000002_tenant_trace } from './migrations/migration-20261128000002-tenant-trace.js';
import { Migration20261128000003_growth } from './migrations/migration-20261128000003-growth.js';
import { Migration20261128000004_web_files } from './migrations/migration-20261128000004-web-files.js';
import { Migration20261129000001_pace } from './migrations/migration-20261129000001-pace.js';
import { ConsoleController } from './operators/console.controller.js';
import { OperatorAccountsController } from './operators/operator-accounts.controller.js';
import { OperatorAccounts } from './operators/operator-accounts.js';
import { OperatorSessions } from './operators/operator-sessions.js';
import { Operator, OperatorSession } from './operators/operator.entity.js';
import { DiagnosisController } from './operator/diagnosis.controller.js';
import { HashingGate } from './passwords/hashing-gate.js';
import { PasswordTries } from './passwords/password-tries.js';
import { AskForReset } from './password-reset/ask-for-reset.js';
import { PasswordResetController } from './password-reset/password-reset.controller.js';
import { PasswordReset } from './password-reset/password-reset.entity.js';
import { ResetPassword } from './password-reset/reset-password.js';
import { EraseTenant } from './privacy/erase-tenant.js';
import { ForgetAbandoned } from './privacy/forget-abandoned.js';
import { ForgetTenant } from './privacy/forget-tenant.js';
import { ExportTenant } from './privacy/export-tenant.js';
import { PrivacyController } from './privacy/privacy.controller.js';
import { AccessTokens } from './sessions/access-tokens.js';
import { AuthController } from './sessions/auth.controller.js';
import { LogIn } from './sessions/log-in.js';
import { LogOut } from './sessions/log-out.js';
import { RefreshSession } from './sessions/refresh-session.js';
import { Session } from './sessions/session.entity.js';
import { Account } from './tenants/account.entity.js';
import { AnnounceTenant } from './tenants/announce-tenant.js';
import { ChangeTenant } from './tenants/change-tenant.js';
import { CloseAbandoned } from './tenants/close-abandoned.js';
import { Janitor } from './tenants/janitor.job.js';
import { MeasurePaidTenants } from './tenants/measure-paid-tenants.js';
import { OperatorDecisions } from './tenants/operator-decisions.controller.js';
import { SignupAudit } from './tenants/signup-audit.entity.js';
import { TenantConsumer } from './tenants/tenant.consumer.js';
import { TenantQuestions } from './tenants/tenant-questions.controller.js';
import { Tenant } from './tenants/tenant.entity.js';
import { TermsAcceptance } from './tenants/terms-acceptance.entity.js';
import { Verification } from './tenants/verification.entity.js';
import { WatchPaidTenants } from './tenants/watch-paid-tenants.js';
import { LoadTenant } from './tenants/load-tenant.js';
import { AskSampleQuestion } from './wizard/ask-sample-question.js';
import { CompleteSetup } from './wizard/complete-setup.js';
import { UploadFirstDocument } from './wizard/upload-first-document.js';
import { WizardController } from './wizard/wizard.controller.js';
import { WorkspaceClient } from './wizard/workspace-client.js';

/** The gateway customers meet: accounts, sessions, the tenant's lifecycle, the wizard, and the way to everybody else. */
export const signup = defineService({
  name: 'signup',
  isPublic: true,
  config: Config,
  entities: [
    Tenant,
    Account,
    Verification,
    TermsAcceptance,
    SignupAudit,
    Session,
    PasswordReset,
    RateCounter,
    WebFile,
    Operator,
    OperatorSession,
  ],
  migrations: [
    Migration20261123000001_signup,
    Migration20261124000001_deadlines,
    Migration20261124000002_operators,
    Migration20261128000001_password_reset,
    Migration20261128000002_tenant_trace,
    Migration20261128000003_growth,
    Migration20261128000004_web_files,
    Migration20261129000001_pace,
  ],
  configure: (app, config) => {
    app.set('trust proxy', config.TRUST_PROXY);
    app.use(floodBrake(config.REQUESTS_PER_ADDRESS_PER_MINUTE));
    // The application is still being built: whoever is asked for is there once the first request comes.
    app.use(operatorGateway(config, () => app.get(OperatorSessions)));
    app.use(gateway(config));
    app.use(webPages(config, () => app.get(KeptWebFiles)));
    app.use(cookieParser());
  },
  module: (config) => ({
    providers: [
      { provide: CONFIG, useValue: config },
      { provide: CAPTCHA, useValue: captchaOf(config) },
      RateLimits,
      KeptWebFiles,
      HashingGate,
      PasswordTries,
      OperatorSessions,
      OperatorAccounts,
      // onboarding
      PaidFirst,
      SignUp,
      RegisterTenant,
      AskForCheckout,
      VerifyEmail,
      ResendCode,
      DescribeTenant,
      StatusStreams,
      ConfirmPayment,
      // tenants
      ChangeTenant,
      AnnounceTenant,
      CloseAbandoned,
      WatchPaidTenants,
      MeasurePaidTenants,
      Janitor,
      // sessions
      AccessTokens,
      LogIn,
      RefreshSession,
      LogOut,
      AskForReset,
      ResetPassword,
      // wizard, privacy
      LoadTenant,
      WorkspaceClient,
      AskSampleQuestion,
      UploadFirstDocument,
      CompleteSetup,
      EraseTenant,
      ForgetAbandoned,
      ForgetTenant,
      ExportTenant,
    ],
    controllers: [
      OnboardingController,
      AuthController,
      PasswordResetController,
      ConsoleController,
      OperatorAccountsController,
      WizardController,
      PrivacyController,
      TenantConsumer,
      TenantQuestions,
      DiagnosisController,
      OperatorDecisions,
    ],
  }),
});

function captchaOf({ CAPTCHA_VERIFY_URL: verifyUrl, CAPTCHA_SECRET: secret }: Config) {
  return verifyUrl !== undefined && secret !== undefined ? createCaptcha({ verifyUrl, secret }) : null;
}
