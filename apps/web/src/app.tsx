import { Suspense } from 'react';
import { Route, Routes } from 'react-router';
import { lazyPage } from './feedback/lazy-page';
import { PageLoading } from './feedback/page-loading';
import { LandingPage } from './landing/landing-page';
import { PageStart } from './layout/page-start';
import { PublicLayout } from './layout/public-layout';
import { RequireSession } from './session/require-session';
import { SignupPage } from './signup/signup-page';

// The two pages above are what strangers come for, and come with the application: loaded after it, they would wait for
// one more way there and back.

const Verify = lazyPage(() => import('./verify/verify-page'), 'VerifyPage');
const CheckoutReturn = lazyPage(() => import('./progress/checkout-return-page'), 'CheckoutReturnPage');
const Progress = lazyPage(() => import('./progress/progress-page'), 'ProgressPage');
const Login = lazyPage(() => import('./session/login-page'), 'LoginPage');
const ForgotPassword = lazyPage(() => import('./session/forgot-password-page'), 'ForgotPasswordPage');
const ResetPassword = lazyPage(() => import('./session/reset-password-page'), 'ResetPasswordPage');
const Setup = lazyPage(() => import('./setup/setup-page'), 'SetupPage');
const Workspace = lazyPage(() => import('./workspace/workspace-routes'), 'WorkspaceRoutes');
const AdvancedSettings = lazyPage(() => import('./workspace/settings/settings-redirect'), 'SettingsRedirect');
const Guides = lazyPage(() => import('./guides/guides-page'), 'GuidesPage');
const LegalText = lazyPage(() => import('./guides/legal-page'), 'LegalPage');
const Console = lazyPage(() => import('./console/console'), 'Console');
const NotFound = lazyPage(() => import('./feedback/not-found-page'), 'NotFoundPage');

export function App() {
  return (
    <Suspense fallback={<PageLoading />}>
      <PageStart />
      <Routes>
        <Route element={<PublicLayout />}>
          <Route index element={<LandingPage />} />
          <Route path="signup" element={<SignupPage />} />
          <Route path="verify/:tenantId" element={<Verify />} />
          <Route path="onboarding/success" element={<CheckoutReturn />} />
          <Route path="progress/:tenantId" element={<Progress />} />
          <Route path="login" element={<Login />} />
          <Route path="forgot-password" element={<ForgotPassword />} />
          <Route path="reset-password" element={<ResetPassword />} />
          <Route path="docs/:guide?" element={<Guides />} />
          <Route path="legal/:text" element={<LegalText />} />
          <Route element={<RequireSession />}>
            <Route path="setup" element={<Setup />} />
          </Route>
          <Route path="*" element={<NotFound />} />
        </Route>
        <Route element={<RequireSession />}>
          <Route path="app/*" element={<Workspace />} />
          <Route path="settings/advanced" element={<AdvancedSettings />} />
        </Route>
        <Route path="console/*" element={<Console />} />
      </Routes>
    </Suspense>
  );
}
