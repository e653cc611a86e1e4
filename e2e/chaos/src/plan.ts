import { planNames, type Plan as TenantPlan } from '@latchkey/contracts';
import { faultClasses, type FaultClass, type PlannedFault, planFaults } from './faults.js';
import { Random } from './random.js';

/** How many of a hundred strangers behave in which way. Each is a way in which real ones do. */
const behaviours = {
  happy: 35,
  'declined-card': 9,
  'double-click': 9,
  resumed: 9,
  'verifies-late': 9,
  'bad-upload': 6,
  'closes-the-tab': 7,
  'vendor-refuses': 5,
  'never-pays': 4,
  erased: 4,
  'card-fails-later': 3,
} as const;
/** Ways that only the matrix sends somebody, because they end days later or need a vendor to fail at one moment. */
export type RareBehaviour =
  'changes-plan' | 'stripe-away' | 'welcome-refused' | 'leaves-unverified' | 'leaves-refused' | 'leaves-waiting';
export type Behaviour = keyof typeof behaviours | RareBehaviour;

export interface PlannedStranger {
  number: number;
  behaviour: Behaviour;
  plan: TenantPlan;
  /** After the beginning of the run. */
  arrivesAtMs: number;
}

export interface Plan {
  seed: number;
  strangers: PlannedStranger[];
  faults: PlannedFault[];
}

export interface PlanWish {
  seed: number;
  tenants: number;
  faults: readonly FaultClass[];
}

/** Arrivals per second: about what this system takes on two cores while it is being broken. */
const arrivalsPerSecond = 4;
/** Faults go on for a while after the last arrival, because the later half of a journey must meet them too. */
const afterLastArrivalMs = 8_000;
/** Vendors stay unreliable for longer than processes die: while everything is down nobody calls them. */
const vendorsLongerMs = 22_000;

/** The whole run from its seed: the same wish gives the same plan, on every machine (a test holds it to that). */
export function planRun({ seed, tenants, faults }: PlanWish): Plan {
  const random = new Random(seed);
  const arrivalsMs = Math.max(4_000, (tenants / arrivalsPerSecond) * 1_000);
  const strangers = Array.from({ length: tenants }, (_, index) => ({
    number: index + 1,
    behaviour: random.weighted(behaviours),
    plan: random.pick(planNames),
    arrivesAtMs: random.between(0, arrivalsMs),
  }));
  // Drawn per class from seeds of their own: leaving one class out leaves the others as they were.
  const chosen = faultClasses.filter((name) => faults.includes(name));
  const planned = chosen.flatMap((name) =>
    planFaults(
      name,
      new Random(seed * 31 + faultClasses.indexOf(name)),
      arrivalsMs + (name === 'vendor' || name === 'webhook' ? vendorsLongerMs : afterLastArrivalMs),
    ),
  );
  return { seed, strangers, faults: planned.sort((one, other) => one.atMs - other.atMs) };
}
