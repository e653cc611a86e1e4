import type { ConsoleSession } from '@latchkey/contracts';
import { createContext, useContext } from 'react';

export const SessionContext = createContext<ConsoleSession | null>(null);

/** Who is logged in; only inside of the console. */
export function useOperator(): ConsoleSession {
  const session = useContext(SessionContext);
  if (!session) throw new Error('useOperator was used outside of the console.');
  return session;
}
