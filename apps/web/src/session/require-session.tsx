import { Navigate, Outlet, useLocation } from 'react-router';
import { asProblem } from '../api/problem';
import { PageLoading } from '../feedback/page-loading';
import { PageTrouble } from '../feedback/page-trouble';
import { useRefreshedSession } from './use-session';

/** Lets members in, and sends everybody else to the log-in page, which leads back here. */
export function RequireSession() {
  const { session, error } = useRefreshedSession();
  const { pathname } = useLocation();
  if (session.state === 'member') return <Outlet />;
  if (session.state === 'guest') return <Navigate to={`/login?next=${encodeURIComponent(pathname)}`} replace />;
  if (error) return <PageTrouble problem={asProblem(error)} />;
  return <PageLoading />;
}
