import { readFact } from '../fact.js';
import type { Middleware } from './middleware.js';

/** A message that breaks its contract throws UnreadableEvent here and goes straight to the dead letters. */
export const parseContract: Middleware = (delivery, next) => {
  delivery.fact = readFact(delivery.message, delivery.tries).fact;
  return next();
};
