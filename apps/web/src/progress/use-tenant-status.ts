import type { TenantStatusResponse } from '@latchkey/contracts';
import { useEffect, useState } from 'react';
import { answer, signup } from '../api/client';
import { asProblem, type ProblemError } from '../api/problem';

export interface Watched {
  status: TenantStatusResponse | null;
  /** False while nothing can be heard; what is shown is then the last that was known. */
  live: boolean;
  /** Only refusals: an unknown signup. What passes is not one. */
  problem: ProblemError | null;
  /** When `status` arrived, so that the time spent can run on between two messages. */
  heardAtMs: number;
}

const lookAgainMs = 2_000;

/**
 * The true state of a signup as it changes, over server-sent events. When the stream breaks, it is opened again for as
 * long as the page is open; the browser itself only does that for some of the failures.
 */
export function useTenantStatus(tenantId: string): Watched {
  const [watched, setWatched] = useState<Watched>({ status: null, live: true, problem: null, heardAtMs: 0 });
  useEffect(() => {
    let stream: EventSource | undefined;
    let timer: number | undefined;
    let left = false;
    const hear = (status: TenantStatusResponse) => {
      setWatched({ status, live: true, problem: null, heardAtMs: Date.now() });
      if (isFinal(status)) stream?.close();
    };
    const open = () => {
      stream = new EventSource(`/api/onboarding/tenants/${encodeURIComponent(tenantId)}/events`);
      stream.addEventListener('status', (event) => hear(JSON.parse(event.data as string) as TenantStatusResponse));
      stream.addEventListener('error', () => {
        stream?.close();
        setWatched((last) => ({ ...last, live: false }));
        timer = window.setTimeout(() => void lookOnce(), lookAgainMs);
      });
    };
    /** Tells a signup that is not there from a stream that broke, which EventSource does not. */
    const lookOnce = async () => {
      try {
        const path = { tenantId };
        hear(await answer(signup.GET('/api/onboarding/tenants/{tenantId}', { params: { path } })));
      } catch (error) {
        const problem = asProblem(error);
        if (problem.problem.status === 404) return setWatched((last) => ({ ...last, live: true, problem }));
      }
      if (!left) open();
    };
    open();
    return () => {
      left = true;
      stream?.close();
      clearTimeout(timer);
    };
  }, [tenantId]);
  return watched;
}

/** The service ends the stream after such a status; opening it again would only say the same. */
function isFinal(status: TenantStatusResponse): boolean {
  if (status.status === 'provisioning_failed') return status.compensated;
  return status.status !== 'pending_payment' && status.status !== 'provisioning';
}
