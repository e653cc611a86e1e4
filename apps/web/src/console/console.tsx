import { useQuery } from '@tanstack/react-query';
import { Route, Routes } from 'react-router';
import { asProblem } from '../api/problem';
import { lazyPage } from '../feedback/lazy-page';
import { NotFoundPage } from '../feedback/not-found-page';
import { PageLoading } from '../feedback/page-loading';
import { PageTrouble } from '../feedback/page-trouble';
import { AlertsPage } from './alerts-page';
import { AuditPage } from './audit-page';
import { ConsoleLayout } from './console-layout';
import { ConsoleLogin } from './console-login';
import { SessionContext } from './console-session';
import { DeadLettersPage } from './dead-letters-page';
import { FindPage } from './find-page';
import { session } from './operator-api';
import { RunsPage } from './runs-page';
import { StagePage } from './stage-page';
import { StuckPage } from './stuck-page';
import { TenantPage } from './tenant-page';

/** By itself, because of its charts. */
const FunnelPage = lazyPage(() => import('./funnel-page'), 'FunnelPage');

/** The operators' pages: they are loaded only by those who go there, and shown only to those who are logged in. */
export function Console() {
  const who = useQuery({ queryKey: ['console', 'session'], queryFn: session, staleTime: 60_000 });
  if (who.error) {
    const problem = asProblem(who.error);
    return problem.problem.status === 401 ? <ConsoleLogin /> : <PageTrouble problem={problem} />;
  }
  if (!who.data) return <PageLoading />;
  return (
    <SessionContext value={who.data}>
      <Routes>
        <Route element={<ConsoleLayout />}>
          <Route index element={<FunnelPage />} />
          <Route path="stages/:stage/:which" element={<StagePage />} />
          <Route path="stuck" element={<StuckPage />} />
          <Route path="alerts" element={<AlertsPage />} />
          <Route path="find" element={<FindPage />} />
          <Route path="tenants/:tenantId" element={<TenantPage />} />
          <Route path="runs" element={<RunsPage />} />
          <Route path="dead-letters" element={<DeadLettersPage />} />
          <Route path="audit" element={<AuditPage />} />
          <Route path="*" element={<NotFoundPage start="/console" />} />
        </Route>
      </Routes>
    </SessionContext>
  );
}
