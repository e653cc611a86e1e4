import { delay } from './delay.js';

/**
 * The result of the work, or `meanwhile` when it takes longer than a waiting person should. The work goes on by itself,
 * so it must handle its own failure: one that comes in time is thrown, a later one is nobody's.
 */
export async function within<T, M>(ms: number, work: Promise<T>, meanwhile: M): Promise<T | M> {
  const waiting = new AbortController();
  work.catch(() => undefined);
  try {
    return await Promise.race([work, delay(ms, waiting.signal).then(() => meanwhile)]);
  } finally {
    waiting.abort();
  }
}
