import type { Middleware } from './middleware.js';

/** Handlers work on the database only, whose statements end after 15 s; one that takes longer than this is stuck. */
const limitMs = 20_000;

/**
 * Stops waiting for a stuck handler, so that its tenant's lane can go on. Should the handler still commit later, the
 * inbox row stops the repetition.
 */
export const timeLimit: Middleware = async (_delivery, next) => {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`The handler took longer than ${limitMs} ms.`)), limitMs);
  });
  try {
    await Promise.race([next(), limit]);
  } finally {
    clearTimeout(timer);
  }
};
