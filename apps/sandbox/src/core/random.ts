import { randomFillSync } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Random bytes are asked for in bulk: one call to the system per id costs more than the rest of a request. */
const pool = Buffer.allocUnsafe(16_384);
let used = pool.length;

function takeBytes(count: number): Buffer {
  if (used + count > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += count;
  return pool.subarray(used - count, used);
}

/** A vendor-looking id: prefix, underscore, base-62 characters. Random, so that a restarted sandbox repeats none. */
export function newId(prefix: string, length = 24): string {
  let id = prefix === '' ? '' : prefix + '_';
  // The slight bias of the modulo does not matter: these ids only have to differ.
  for (const byte of takeBytes(length)) id += ALPHABET[byte % 62];
  return id;
}

/** A repeatable stream of numbers in [0, 1): the same seed makes the same faults happen at the same requests. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
