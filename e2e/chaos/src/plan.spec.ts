import { expect, test } from '@jest/globals';
import { faultClasses } from './faults.js';
import { faultsOf, seedsOf } from './options.js';
import { planRun } from './plan.js';

const wish = { seed: 7, tenants: 60, faults: faultClasses };

test('the plan is a pure function of seed and flags', () => {
  expect(planRun(wish)).toEqual(planRun({ ...wish }));
  expect(planRun(wish)).not.toEqual(planRun({ ...wish, seed: 8 }));
});

test('this very plan follows from this seed, so that a seed in an old report still means the same run', () => {
  const { strangers, faults } = planRun({ seed: 1, tenants: 3, faults: ['kill'] });
  expect(strangers).toMatchInlineSnapshot(`
   [
     {
       "arrivesAtMs": 148,
       "behaviour": "happy",
       "number": 1,
       "plan": "pro",
     },
     {
       "arrivesAtMs": 593,
       "behaviour": "resumed",
       "number": 2,
       "plan": "pro",
     },
     {
       "arrivesAtMs": 1393,
       "behaviour": "declined-card",
       "number": 3,
       "plan": "starter",
     },
   ]
  `);
  expect(faults.slice(0, 2)).toMatchInlineSnapshot(`
   [
     {
       "atMs": 6247,
       "class": "kill",
       "kind": "kill",
       "part": "billing-webhooks",
     },
     {
       "atMs": 6988,
       "class": "kill",
       "kind": "kill",
       "part": "provisioner",
     },
   ]
  `);
});

test('leaving a class of faults out leaves the others and the strangers as they were', () => {
  const all = planRun(wish);
  const without = planRun({ ...wish, faults: faultClasses.filter((name) => name !== 'bus') });
  expect(without.strangers).toEqual(all.strangers);
  expect(without.faults).toEqual(all.faults.filter((fault) => fault.class !== 'bus'));
});

test('every fault lies within the run, in the order of time', () => {
  const { faults } = planRun(wish);
  const times = faults.map(({ atMs }) => atMs);
  expect(times).toEqual([...times].sort((one, other) => one - other));
  expect(new Set(faults.map((fault) => fault.class))).toEqual(new Set(faultClasses));
});

test('flags are read as they are written', () => {
  expect(seedsOf('3..5')).toEqual([3, 4, 5]);
  expect(seedsOf('9')).toEqual([9]);
  expect(() => seedsOf('5..3')).toThrow('a range such as');
  expect(faultsOf('kill, bus')).toEqual(['kill', 'bus']);
  expect(() => faultsOf('gremlins')).toThrow('gremlins');
});
