import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

test('what is written from code is what the code says: the page of metrics knows every metric, and no other', () => {
  const generate = join(import.meta.dirname, '../dist/generate.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [generate, '--check'], { encoding: 'utf8' });
  expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' });
});
