import { useQuery } from '@tanstack/react-query';
import { Navigate, Outlet, useLocation } from 'react-router';
import { asProblem } from '../api/problem';
import { PageLoading } from '../feedback/page-loading';
import { PageTrouble } from '../feedback/page-trouble';
import { refreshSession } from './session';
import { useSession } from './use-session';

/** Lets members in, and sends everybody else to the log-in page, which leads back here. */
export function RequireSession() {
  const session = useSession();
  const { pathname } = useLocation();
  const refreshed = useQuery({
    queryKey: ['session'],
    queryFn: refreshSession,
    enabled: session.state === 'unknown',
    gcTime: 0,
  });
  if (session.state === 'member') return <Outlet />;
  if (session.state === 'guest') return <Navigate to={`/login?next=${encodeURIComponent(pathname)}`} replace />;
  if (refreshed.error) return <PageTrouble problem={asProblem(refreshed.error)} />;
  return <PageLoading />;
}
