import { createServer, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A TCP port nobody listens on at this moment; ask late and use it at once, it is not reserved. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1' }, resolve);
  });
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('The system gave no TCP port.');
  return address.port;
}

/**
 * True when this port can be listened on and nobody answers there. Both are asked: macOS lets one program listen on
 * 127.0.0.1 beside another one on 0.0.0.0. Listening on 0.0.0.0 would tell as well, but wakes its firewall's question.
 */
export async function isPortFree(port: number): Promise<boolean> {
  if (await accepts(port)) return false;
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Waits until something accepts connections on 127.0.0.1; answers false after `timeoutMs` or when `giveUp` says so. */
export async function waitForPort(port: number, timeoutMs: number, giveUp = () => false): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline && !giveUp()) {
    if (await accepts(port)) return true;
    await sleep(10);
  }
  return false;
}

async function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 1_000 });
    const answer = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
    socket.once('timeout', () => answer(false));
  });
}
