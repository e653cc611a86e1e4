import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isPortFree, LocalProblem } from '@latchkey/local';
import { readConfig } from './config.js';
import { help } from './help.js';
import { lockInstance } from './instance-lock.js';
import type { Part } from './part.js';
import { Screen, whereEverythingIs } from './screen.js';
import { loadSecrets } from './secrets.js';
import { Supervisor } from './supervisor.js';
import { describeSystem, firstOperator } from './system.js';
import { vendorEnvironment } from './vendors.js';

/** `npm start`: the parts are in system.ts, their life and death in supervisor.ts; here is only the order of things. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const gateway = `http://127.0.0.1:${config.portBase}`;
  const lock = await lockInstance(config.dataDir, gateway);
  try {
    const screen = new Screen();
    await mkdir(join(config.dataDir, 'logs'), { recursive: true });
    const secrets = await loadSecrets(join(config.dataDir, 'secrets.json'));
    const vendors = vendorEnvironment(config, secrets);
    const parts = describeSystem(config, secrets, vendors, {
      echo: (part, text) => screen.echo(part, text),
      progress: (part, text) => screen.line(part, text),
    });
    await requireFreePorts(parts, lock.tookOver ? leftoversLeaveWithinMs : 0);
    screen.line('latchkey', `starting ${parts.length} parts, data in ${config.dataDir}`);

    const supervisor = new Supervisor(parts, (happening) => screen.happening(happening), {
      ...(config.restartPauseMaxMs === undefined ? {} : { longestPauseMs: config.restartPauseMaxMs }),
    });
    const asked = untilAskedToStop(() => {
      supervisor.killAll();
      process.exit(130);
    });
    try {
      await Promise.race([supervisor.start(), asked]);
      if (!asked.done) {
        screen.line('latchkey', `everything is ready after ${screen.seconds()}`);
        screen.box(
          whereEverythingIs(
            config,
            process.env['OPERATOR_TOKEN'] || secrets.operatorToken,
            `${firstOperator} ${secrets.consolePassword}`,
            vendors.real,
          ),
        );
        await asked;
      }
      screen.line('latchkey', 'stopping: the services, then the sandbox, NATS and PostgreSQL');
    } finally {
      await supervisor.drain();
    }
    screen.line('latchkey', 'stopped');
  } finally {
    await lock.release();
  }
}

/**
 * Resolves with the first Ctrl-C, SIGTERM or closed terminal; `onImpatience` runs with the second. One key press may come
 * twice, from the terminal and from npm, which passes it on: what follows within a second is not taken for impatience.
 */
function untilAskedToStop(onImpatience: () => void): Promise<void> & { done: boolean } {
  const asked = Promise.withResolvers<void>();
  const promise = Object.assign(asked.promise, { done: false });
  let firstMs = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (promise.done) {
        if (performance.now() - firstMs > 1_000) onImpatience();
        return;
      }
      promise.done = true;
      firstMs = performance.now();
      asked.resolve();
    });
  return promise;
}

/** What a killed start left behind has 15 s to finish its work, and a moment to close its port. */
const leftoversLeaveWithinMs = 18_000;

async function requireFreePorts(parts: readonly Part[], patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (const { ports } of parts)
    for (const [what, port] of Object.entries(ports))
      while (!(await isPortFree(port))) {
        if (performance.now() > deadline)
          throw new LocalProblem(
            `Port ${port}, which ${what} needs, is taken by another program: stop it, ` +
              'or move all ports, for instance with LATCHKEY_PORT_BASE=5000 npm start.',
          );
        await sleep(100);
      }
}

if (process.argv.includes('--help') || process.argv.includes('-h')) {
  console.log(help);
} else {
  main().then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error instanceof LocalProblem ? `\nLatchkey cannot run: ${error.message}` : error);
      process.exit(1);
    },
  );
}
