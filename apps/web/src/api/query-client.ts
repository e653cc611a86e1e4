import { QueryClient } from '@tanstack/react-query';
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
