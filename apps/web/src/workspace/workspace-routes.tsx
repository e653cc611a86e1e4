import { lazy, Suspense, type ComponentType } from 'react';
import { Navigate, Route, Routes } from 'react-router';
import { NotFoundPage } from '../feedback/not-found-page';
import { PageLoading } from '../feedback/page-loading';
import { WorkspaceLayout } from './workspace-layout';

function page<Name extends string>(load: () => Promise<Record<Name, ComponentType>>, name: Name) {
  return lazy(async () => ({ default: (await load())[name] }));
}

const Questions = page(() => import('./questions/questions-page'), 'QuestionsPage');
const Documents = page(() => import('./documents/documents-page'), 'DocumentsPage');
const Keys = page(() => import('./keys/keys-page'), 'KeysPage');
const Usage = page(() => import('./usage/usage-page'), 'UsagePage');
const Billing = page(() => import('./billing/billing-page'), 'BillingPage');
const Settings = page(() => import('./settings/settings-page'), 'SettingsPage');
const Account = page(() => import('./account/account-page'), 'AccountPage');

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
          <Route path="*" element={<NotFoundPage />} />
        </Routes>
      </Suspense>
    </WorkspaceLayout>
  );
}
