import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { EventContract, EventData } from '@latchkey/contracts';
import { declareCrashPoints } from '../crash/crash-point.js';
import type { Fact } from './fact.js';

/** Handlers bound to this transport are the JetStream strategy's, not those of Nest's core NATS server. */
export const jetStreamTransport = Symbol('latchkey.jetstream');

/**
 * Listens to an event. The handler's types follow from the contract. Transaction, inbox row and acknowledgement are the
 * room's; the method calls one use case.
 */
export function OnEvent<E extends EventContract>(event: E) {
  return (
    target: object,
    method: string | symbol,
    descriptor:
      | TypedPropertyDescriptor<(data: EventData<E>, fact: Fact<EventData<E>>) => Promise<void>>
      | TypedPropertyDescriptor<(data: EventData<E>) => Promise<void>>,
  ): void => {
    declareCrashPoints('event', event.type, 'before-ack', 'after-ack');
    EventPattern(event.type, jetStreamTransport)(target, method, descriptor as PropertyDescriptor);
    Payload()(target, method, 0);
    Ctx()(target, method, 1);
  };
}
