import { setMaxListeners } from 'node:events';

/** Waits, unless the signal ends it first; resolves either way, because whoever waits looks again afterwards. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    // One signal may end hundreds of waits at once; that is no leak, whatever Node's default limit of ten says.
    if (signal) setMaxListeners(0, signal);
    signal?.addEventListener('abort', done);
  });
}

/**
 * Exponential backoff with full jitter on the upper half, so that a herd that failed together does not come back
 * together (F1). `attempt` counts from 1.
 */
export function backoffMs(attempt: number, baseMs: number, maxMs: number, random: () => number = Math.random): number {
  const exact = Math.min(maxMs, baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(exact / 2 + (exact / 2) * random());
}
