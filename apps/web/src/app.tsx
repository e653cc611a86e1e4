import { lazy, Suspense, type ComponentType } from 'react';
import { Route, Routes } from 'react-router';
import { PageLoading } from './feedback/page-loading';
import { PublicLayout } from './layout/public-layout';
import { RequireSession } from './session/require-session';

/** Every page is a file of its own, loaded when somebody goes there: the signup page must be quick on a slow line. */
function page<Name extends string>(load: () => Promise<Record<Name, ComponentType>>, name: Name) {
  return lazy(async () => ({ default: (await load())[name] }));
}

const Landing = page(() => import('./landing/landing-page'), 'LandingPage');
const Signup = page(() => import('./signup/signup-page'), 'SignupPage');
const Verify = page(() => import('./verify/verify-page'), 'VerifyPage');
const CheckoutReturn = page(() => import('./progress/checkout-return-page'), 'CheckoutReturnPage');
const Progress = page(() => import('./progress/progress-page'), 'ProgressPage');
const Login = page(() => import('./session/login-page'), 'LoginPage');
const Setup = page(() => import('./setup/setup-page'), 'SetupPage');
const Workspace = page(() => import('./workspace/workspace-routes'), 'WorkspaceRoutes');
const AdvancedSettings = page(() => import('./workspace/settings/settings-redirect'), 'SettingsRedirect');
const Guides = page(() => import('./guides/guides-page'), 'GuidesPage');
const LegalText = page(() => import('./guides/legal-page'), 'LegalPage');
const Console = page(() => import('./console/console'), 'Console');
const NotFound = page(() => import('./feedback/not-found-page'), 'NotFoundPage');

export function App() {
  return (
    <Suspense fallback={<PageLoading />}>
      <Routes>
        <Route element={<PublicLayout />}>
          <Route index element={<Landing />} />
          <Route path="signup" element={<Signup />} />
          <Route path="verify/:tenantId" element={<Verify />} />
          <Route path="onboarding/success" element={<CheckoutReturn />} />
          <Route path="progress/:tenantId" element={<Progress />} />
          <Route path="login" element={<Login />} />
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
