import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * A process that takes requests and stops itself in the middle of the first one, as SIGSTOP, a frozen machine or an
 * endless garbage collection do: its sockets stay open, and the kernel goes on accepting for it.
 */
const script = `
require('node:http').createServer((request) => request.once('data', () => process.kill(process.pid, 'SIGSTOP')))
  .listen(0, '127.0.0.1', function () { process.stdout.write(String(this.address().port)); });`;

export async function startStandingStill(): Promise<{ url: string; stop: () => void }> {
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  return { url: `http://127.0.0.1:${port.toString()}`, stop: () => child.kill('SIGKILL') };
}
