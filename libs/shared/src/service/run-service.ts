import type { CommonConfig } from '../config/config.js';
import { ConfigError, environment } from '../config/config.js';
import { createService } from './create-service.js';
import type { ServiceDefinition } from './define-service.js';

/** sysexits.h: the configuration is wrong, and starting again will not help. */
const exitConfiguration = 78;

/** The whole of a service's main.ts: start, stop in order on SIGTERM or Ctrl-C, and say in one sentence what is wrong. */
export async function runService<Config extends CommonConfig>(definition: ServiceDefinition<Config>): Promise<void> {
  await orFail(definition.name, async (fail) => {
    const service = await createService(definition, environment());
    const stop = () => {
      // A part that hangs must not keep the process for ever; what is unfinished comes back by redelivery.
      const limit = () => void setTimeout(() => fail('did not stop in time.', 1), 25_000).unref();
      service.stop(limit).then(
        () => process.exit(0),
        (error: unknown) => fail(String(error), 1),
      );
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
    process.on('unhandledRejection', (error) =>
      service.kit.log.error('A promise was rejected and nobody looked.', { err: error }),
    );
    process.on('uncaughtException', (error) => {
      service.kit.log.fatal(error);
      process.exit(1);
    });
  });
}

/** Runs a program; what goes wrong is said in one sentence and ends it. */
export async function orFail(
  name: string,
  run: (fail: (message: string, code: number) => never) => Promise<void>,
): Promise<void> {
  const fail = (message: string, code: number): never => {
    process.stderr.write(`${name}: ${message}\n`);
    process.exit(code);
  };
  try {
    await run(fail);
  } catch (error) {
    if (error instanceof ConfigError) fail(error.message, exitConfiguration);
    if ((error as { code?: string }).code === 'EADDRINUSE') fail(`the port is taken: ${(error as Error).message}.`, 1);
    fail(error instanceof Error ? (error.stack ?? error.message) : String(error), 1);
  }
}
