import { expect, test } from '@jest/globals';
import { Message, messageStates, statesBefore, type MessageState } from './message.entity.js';

const now = new Date('2026-11-23T03:00:00.000Z');

function message(state: MessageState): Message {
  const plain = Object.create(Message.prototype) as Message;
  return Object.assign(plain, { id: 'msg_1', template: 'welcome', tenantId: 'tenant_1', state, attempts: 1 });
}

test('a mail that is gone, given up or called off is never sent again by itself', () => {
  expect(statesBefore('sending')).toEqual(['queued', 'uncertain']);
});

test('what is sent stays sent, whatever is said about it afterwards', () => {
  const later = new Date(now.getTime() + 1);
  for (const say of [
    (mail: Message) => mail.markSent('sg_1', now),
    (mail: Message) => mail.postpone(later),
    (mail: Message) => mail.doubt(later),
    (mail: Message) => mail.skip('obsolete'),
    (mail: Message) => mail.fail('outage'),
    (mail: Message) => mail.requeue(later),
  ]) {
    const mail = message('sent');
    expect(say(mail)).toBe('already');
    expect(mail.state).toBe('sent');
  }
});

test('only a mail under way can be in doubt, and only a failed one is queued again', () => {
  for (const state of ['queued', 'skipped', 'failed'] as const) expect(() => message(state).doubt(now)).toThrow();
  for (const state of messageStates.filter((candidate) => candidate !== 'failed'))
    expect(message(state).requeue(now)).toBe('already');
  expect(message('failed').requeue(now)).toBe('done');
});
