import { owners } from '@latchkey/contracts';
import type { Random } from './random.js';

export const faultClasses = ['kill', 'stop', 'vendor', 'webhook', 'bus', 'db', 'disk', 'clock'] as const;
export type FaultClass = (typeof faultClasses)[number];

/** The processes that are ours. The sandbox stands for other companies and keeps the ledgers: it is stopped, never killed. */
export const ownParts = [...owners, 'nats', 'postgres'] as const;
export type OwnPart = (typeof ownParts)[number];

export interface VendorRule {
  match: { vendor: string; method?: string; probability: number; seed: number; times?: number };
  action: Record<string, unknown> & { type: string };
}

export type Fault =
  | { kind: 'kill'; part: OwnPart }
  | { kind: 'stop'; part: OwnPart | 'sandbox'; forMs: number }
  | { kind: 'vendor'; rule: VendorRule; forMs: number }
  | { kind: 'webhook'; settings: Record<string, number | boolean>; forMs: number }
  | { kind: 'bus-wipe' }
  | { kind: 'db-restart'; signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL' }
  | { kind: 'disk-full'; forMs: number }
  | { kind: 'clock-leap'; seconds: number };

export type PlannedFault = Fault & { class: FaultClass; atMs: number };

/** The faults of one class over `lengthMs`, their number in proportion to it. */
export function planFaults(name: FaultClass, random: Random, lengthMs: number): PlannedFault[] {
  const draw = drawers[name];
  const count = Math.max(1, Math.round((lengthMs / 60_000) * perMinute[name]));
  return Array.from({ length: count }, () => {
    const atMs = random.between(1_000, Math.max(1_001, lengthMs - 2_000));
    return { ...draw(random), class: name, atMs };
  });
}

const perMinute: Record<FaultClass, number> = {
  kill: 12,
  stop: 7,
  vendor: 180,
  webhook: 14,
  bus: 1,
  db: 4,
  disk: 1,
  clock: 2,
};

const drawers: Record<FaultClass, (random: Random) => Fault> = {
  kill: (random) => ({ kind: 'kill', part: random.pick(ownParts) }),
  stop: (random) => ({
    kind: 'stop',
    part: random.pick([...ownParts, 'sandbox'] as const),
    forMs: random.between(300, 5_000),
  }),
  vendor: (random) => ({ kind: 'vendor', rule: drawRule(random), forMs: random.between(3_000, 12_000) }),
  webhook: (random) => ({ kind: 'webhook', settings: drawWebhook(random), forMs: random.between(3_000, 8_000) }),
  bus: () => ({ kind: 'bus-wipe' }),
  db: (random) => ({ kind: 'db-restart', signal: random.pick(['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) }),
  disk: (random) => ({ kind: 'disk-full', forMs: random.between(3_000, 6_000) }),
  // Within the life of a payment page and of a trial: time itself, without the end of either.
  clock: (random) => ({ kind: 'clock-leap', seconds: random.between(60, 1_200) }),
};

const vendors = ['stripe', 'pinecone', 'openai', 'sendgrid'] as const;

function drawRule(random: Random): VendorRule {
  const vendor = random.pick(vendors);
  const seed = random.between(1, 1_000_000);
  const probability = random.between(15, 65) / 100;
  const kind = random.weighted({
    '429': 4,
    '500': 4,
    '503': 4,
    remembered: 1,
    'reset-before': 4,
    'reset-after-commit': 6,
    latency: 4,
    hang: 1,
    malformed: 2,
    'slow-body': 1,
    'stale-read': 2,
  });
  const match = { vendor, probability, seed };
  switch (kind) {
    case '429':
      return { match, action: { type: 'status', status: 429, headers: { 'retry-after': '1' } } };
    case '500':
      return { match, action: { type: 'status', status: 500 } };
    case '503':
      return { match, action: { type: 'status', status: 503 } };
    case 'remembered':
      // Stripe replays a stored 500 for a day; only its own idempotency knows how (VENDORS section 1).
      return {
        match: { ...match, vendor: 'stripe', method: 'POST' },
        action: { type: 'status', status: 500, remembered: true },
      };
    case 'latency':
      return { match, action: { type: 'latency', ms: random.between(50, 1_500) } };
    case 'hang':
      return { match: { ...match, times: random.between(1, 4) }, action: { type: 'hang' } };
    case 'slow-body':
      return { match, action: { type: 'slow-body', ms: random.between(200, 2_000) } };
    case 'stale-read':
      return {
        match: { ...match, vendor: 'pinecone' },
        action: { type: 'stale-read', ms: random.between(200, 2_000) },
      };
    default:
      return { match, action: { type: kind } };
  }
}

function drawWebhook(random: Random): Record<string, number | boolean> {
  const seed = random.between(1, 1_000_000);
  const kind = random.weighted({ delay: 2, duplicate: 4, shuffle: 3, drop: 3, 'bad-signature': 1, 'late-replay': 1 });
  switch (kind) {
    case 'delay':
      return { seed, delay_ms: random.between(200, 4_000) };
    case 'duplicate':
      return { seed, duplicate: random.between(1, 4), shuffle_window_ms: random.between(0, 2_000) };
    case 'shuffle':
      return { seed, shuffle_window_ms: random.between(500, 4_000), duplicate: random.between(0, 1) };
    case 'drop':
      return { seed, drop_probability: random.between(20, 100) / 100 };
    case 'bad-signature':
      return { seed, bad_signature: true };
    default:
      return { seed, timestamp_shift_seconds: -random.between(301, 3_600) };
  }
}
