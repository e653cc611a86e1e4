import type { TenantStatusResponse } from '@latchkey/contracts';
import { useEffect, useState } from 'react';

/** Seconds since the setting-up began, running on between two messages; null when there is nothing to count. */
export function useSecondsSpent(status: TenantStatusResponse, heardAtMs: number, live: boolean): number | null {
  const { progress } = status;
  const running = status.status === 'provisioning' && progress !== null;
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    if (!running || !live) return;
    const timer = setInterval(() => setNowMs(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [running, live]);
  if (!running) return null;
  return Math.round(progress.seconds_elapsed + Math.max(0, nowMs - heardAtMs) / 1_000);
}
