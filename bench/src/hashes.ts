import { hash } from '@node-rs/argon2';
import { availableParallelism } from 'node:os';

/** The cost that signup uses (apps/signup/src/passwords/hashing-gate.ts): it bounds how many can sign up in a second. */
const argon2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export interface Hashes {
  perSecond: number;
  /** Of one core, for one hash. */
  cpuMs: number;
}

/** Password hashes that this machine makes in a second when it does nothing else. */
export async function measureHashes(count = 200): Promise<Hashes> {
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  let left = count;
  const worker = async () => {
    while (left-- > 0) await hashPassword('open the latch for the bench');
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  const { user, system } = process.cpuUsage(cpuBefore);
  return { perSecond: count / ((performance.now() - startedMs) / 1_000), cpuMs: (user + system) / 1_000 / count };
}

/** As signup hashes it, on a thread of libuv's pool. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, argon2);
}
