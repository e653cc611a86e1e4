import { eventDelay, eventDuration } from '../../observability/metrics.js';
import type { Clock } from '../../time/clock.js';
import { knownType } from '../fact.js';
import type { Middleware } from './middleware.js';

export const measure =
  (clock: Clock): Middleware =>
  async (delivery, next) => {
    const { service, message } = delivery;
    const { headers } = message;
    const becameTrueMs = Date.parse(headers['ce-time'] ?? '');
    if (becameTrueMs) eventDelay.observe({ service }, Math.max(0, clock.nowMs() - becameTrueMs) / 1_000);
    const stop = eventDuration.startTimer({ service, type: knownType(headers) });
    try {
      await next();
      stop({ outcome: delivery.repeated ? 'repeated' : 'done' });
    } catch (error) {
      stop({ outcome: 'failed' });
      throw error;
    }
  };
