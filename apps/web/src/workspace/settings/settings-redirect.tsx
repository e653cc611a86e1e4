import { Navigate } from 'react-router';

/** The wizard's answer names this address (F2). */
export function SettingsRedirect() {
  return <Navigate to="/app/settings" replace />;
}
