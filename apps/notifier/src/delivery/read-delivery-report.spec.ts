import { expect, test } from '@jest/globals';
import { readDeliveryReport } from './read-delivery-report.js';

const report = { timestamp: 1_795_400_000, message_key: 'msg_1', email: 'ada@example.com' };

test.each([
  ['Recipient List over Package Quota', false],
  ['Spam Content', false],
  ['Invalid SMTPAPI header', false],
  ['Bounced Address', true],
  ['Unsubscribed Address', true],
  ['Spam Reporting Address', true],
  ['Invalid', true],
  [undefined, true],
])('a mail dropped as "%s" closes its address: %s', (reason, closesAddress) => {
  expect(readDeliveryReport({ ...report, event: 'dropped', reason })).toMatchObject({ kind: 'dropped', closesAddress });
});
