import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { currentSession, onSessionChange, refreshSession, type Session } from './session';

export function useSession(): Session {
  return useSyncExternalStore(onSessionChange, currentSession);
}

/** After a reload nobody knows who this is: asks the refresh cookie, once. `error`: the gateway could not be asked. */
export function useRefreshedSession(): { session: Session; error: Error | null } {
  const session = useSession();
  const { error } = useQuery({
    queryKey: ['session'],
    queryFn: refreshSession,
    enabled: session.state === 'unknown',
    gcTime: 0,
  });
  return { session, error: session.state === 'unknown' ? error : null };
}
