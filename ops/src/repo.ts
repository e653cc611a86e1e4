import { resolve } from 'node:path';

/** The checkout, seen from `ops/src` and `ops/dist` alike. */
export const repoDir = resolve(import.meta.dirname, '../..');
