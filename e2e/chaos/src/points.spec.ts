import { owners } from '@latchkey/contracts';
import { expect, test } from '@jest/globals';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pointsInSource, undeclaredPoints } from './points.js';

test.each(owners)('every door, vendor call and question of %s has a crash point that the scan finds', (service) => {
  const points = pointsInSource(service);
  expect(points).toContain('door.tend-outbox.before-commit');
  expect(points.length).toBeGreaterThan(5);
});

test('the money path is among them', () => {
  expect(pointsInSource('billing-webhooks')).toEqual(
    expect.arrayContaining([
      'door.stripe-webhook.after-commit',
      'door.claim-checkout.after-commit',
      'vendor.stripe.checkout.create.after',
      'vendor.stripe.refund.create.after',
      'vendor.stripe.subscription.cancel.before',
    ]),
  );
  expect(pointsInSource('notifier')).toContain('vendor.sendgrid.mail.send.after');
  expect(pointsInSource('provisioner')).toEqual(
    expect.arrayContaining(['vendor.pinecone.upsert.after', 'vendor.pinecone.delete_namespace.before']),
  );
});

test('a point that a process passes and nobody declared is told', () => {
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-points-'));
  mkdirSync(join(directory, 'signup'));
  writeFileSync(join(directory, 'signup/declared'), 'job.janitor.claimed\n');
  const passed = ['door.signup.after-commit', 'door.janitor.before-commit', 'door.forgotten.after-commit'];
  writeFileSync(join(directory, 'signup/passed'), `${passed.join('\n')}\n`);
  expect(undeclaredPoints(directory)).toEqual(['signup door.forgotten.after-commit']);
  rmSync(directory, { recursive: true });
});
