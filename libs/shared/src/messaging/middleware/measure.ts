import { eventDuration } from '../../observability/metrics.js';
import type { Middleware } from './middleware.js';

export const measure: Middleware = async (delivery, next) => {
  const stop = eventDuration.startTimer({
    service: delivery.service,
    type: delivery.message.headers['ce-type'] ?? 'unknown',
  });
  try {
    await next();
    stop({ outcome: delivery.repeated ? 'repeated' : 'done' });
  } catch (error) {
    stop({ outcome: 'failed' });
    throw error;
  }
};
