import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { freePort, isPortFree, waitForPort } from './ports.js';

test.each(['127.0.0.1', '0.0.0.0'])(
  'a port somebody listens on at %s is not free, and is free again afterwards',
  async (host) => {
    const port = await freePort();
    const squatter = createServer().listen(port, host);
    await once(squatter, 'listening');
    expect(await isPortFree(port)).toBe(false);
    squatter.close();
    await once(squatter, 'close');
    expect(await isPortFree(port)).toBe(true);
  },
);

test('waiting for a port ends at once when there is nothing left to wait for', async () => {
  const port = await freePort();
  const startMs = performance.now();
  expect(await waitForPort(port, 10_000, () => true)).toBe(false);
  expect(await waitForPort(port, 50)).toBe(false);
  expect(performance.now() - startMs).toBeLessThan(2_000);
});
