import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { lockInstance } from './instance-lock.js';

const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-lock-'));
const file = join(dataDir, 'host.lock');
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

test.each([
  ['without its content', ''],
  ['with zeros in place of its content', '\0'.repeat(48)],
])('a lock that a power cut left %s does not keep the next start from working', async (_, left) => {
  writeFileSync(file, left);
  const lock = await lockInstance(dataDir, 'http://127.0.0.1:4000');
  expect(lock.tookOver).toBe(true);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: process.pid });
  await lock.release();
});
