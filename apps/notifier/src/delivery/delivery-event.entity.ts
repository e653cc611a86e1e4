import { defineEntity, p } from '@mikro-orm/core';
import type { DeliveryKind } from '../messages/message.entity.js';

const DeliveryEventSchema = defineEntity({
  name: 'DeliveryEvent',
  tableName: 'delivery_event',
  properties: {
    messageId: p.text().primary(),
    kind: p.text().$type<DeliveryKind>().primary(),
    /** SendGrid's own time of it, in whole seconds. */
    occurredAt: p.datetime().primary(),
    /** Opened by a mailbox's own software, which proves no reader (FEATURES lesson 21). */
    machine: p.boolean(),
    receivedAt: p.datetime(),
  },
});

/**
 * One report about one mail. Message, kind and time are its identity: SendGrid's own event id changes when it retries a
 * batch (FEATURES lesson 21), and counting by it counts twice.
 */
export class DeliveryEvent extends DeliveryEventSchema.class {}
DeliveryEventSchema.setClass(DeliveryEvent);
