import { Suspense } from 'react';
import { Navigate, Route, Routes } from 'react-router';
import { lazyPage } from '../feedback/lazy-page';
import { NotFoundPage } from '../feedback/not-found-page';
import { PageLoading } from '../feedback/page-loading';
import { WorkspaceLayout } from './workspace-layout';

const Questions = lazyPage(() => import('./questions/questions-page'), 'QuestionsPage');
const Documents = lazyPage(() => import('./documents/documents-page'), 'DocumentsPage');
const Keys = lazyPage(() => import('./keys/keys-page'), 'KeysPage');
const Usage = lazyPage(() => import('./usage/usage-page'), 'UsagePage');
const Billing = lazyPage(() => import('./billing/billing-page'), 'BillingPage');
const Settings = lazyPage(() => import('./settings/settings-page'), 'SettingsPage');
const Account = lazyPage(() => import('./account/account-page'), 'AccountPage');

/** What a member works with; the addresses stand in apps/signup/src/gateway/page-routes.ts as `/app/...`. */
export function WorkspaceRoutes() {
  return (
    <WorkspaceLayout>
      <Suspense fallback={<PageLoading />}>
        <Routes>
          <Route index element={<Navigate to="questions" replace />} />
          <Route path="questions" element={<Questions />} />
          <Route path="documents" element={<Documents />} />
          <Route path="keys" element={<Keys />} />
          <Route path="usage" element={<Usage />} />
          <Route path="billing" element={<Billing />} />
          <Route path="settings" element={<Settings />} />
          <Route path="account" element={<Account />} />
          <Route path="*" element={<NotFoundPage start="/app" />} />
        </Routes>
      </Suspense>
    </WorkspaceLayout>
  );
}
