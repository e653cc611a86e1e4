import { QueryClient } from '@tanstack/react-query';
import { currentSession, onSessionChange } from '../session/session';
import { asProblem } from './problem';

/** A view whose part of the system is away looks again this often, until it is back or closed. */
const lookAgainMs = 3_000;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: false,
      staleTime: 5_000,
      // A failure that will pass heals the view by itself; a refusal stays.
      refetchInterval: ({ state }) => (state.error && asProblem(state.error).passing ? lookAgainMs : false),
    },
    mutations: { retry: false },
  },
});

/** What one member saw is not there for the next one who logs in in the same tab. */
let seenBy: string | undefined;
onSessionChange(() => {
  const session = currentSession();
  if (session.state !== 'member' || session.tenantId === seenBy) return;
  if (seenBy !== undefined) queryClient.clear();
  seenBy = session.tenantId;
});
