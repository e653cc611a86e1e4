import { describe, expect, test } from '@jest/globals';
import { admit, type Admission, type Holder } from './admission.js';

const holder = (facts: Partial<Holder>): Holder => ({
  status: 'pending_payment',
  paid: false,
  verified: false,
  compensated: false,
  ...facts,
});

describe('who may sign up with an email that is known', () => {
  test.each<[string, Holder | null, boolean, Admission]>([
    ['a new address starts', null, false, 'create'],
    ['an abandoned checkout resumes for whoever knows the password', holder({}), true, 'resume'],
    ['an expired one too', holder({ status: 'expired', verified: true }), true, 'resume'],
    ['a stranger who signed up with my address first does not keep me out', holder({}), false, 'replace'],
    ['once I verified it, nobody takes my address away', holder({ verified: true }), false, 'refuse'],
    ['a paid signup is not resumed', holder({ paid: true }), true, 'refuse'],
    ['a paid signup is not replaced', holder({ paid: true }), false, 'refuse'],
    ['a customer logs in instead', holder({ status: 'active', paid: true, verified: true }), true, 'refuse'],
    ['so does a suspended one', holder({ status: 'suspended', paid: true, verified: true }), true, 'refuse'],
    [
      'a failed setup blocks while it is being compensated',
      holder({ status: 'provisioning_failed', paid: true }),
      true,
      'refuse',
    ],
    [
      'and lets the customer come back afterwards',
      holder({ status: 'provisioning_failed', paid: true, compensated: true }),
      false,
      'succeed',
    ],
    ['whoever cancelled may come back', holder({ status: 'cancelled', paid: true, verified: true }), true, 'succeed'],
    ['and nobody else in their name', holder({ status: 'cancelled', paid: true, verified: true }), false, 'refuse'],
    ['an address nobody proved is free after the end', holder({ status: 'cancelled', paid: true }), false, 'succeed'],
  ])('%s', (_name, known, samePassword, expected) => {
    expect(admit(known, samePassword)).toBe(expected);
  });
});
