import { z } from 'zod';
import { environment, loadConfig, type CommonConfig } from '../config/config.js';
import { migrateJobs } from '../jobs/jobs.js';
import { migrateDatabase } from '../persistence/migrate.js';
import type { ServiceDefinition } from './define-service.js';
import { orFail } from './run-service.js';

const Config = z.object({
  MIGRATIONS_DATABASE_URL: z.string().startsWith('postgres'),
  /** As whom the service works. */
  DATABASE_ROLE: z.string().min(1),
});

/** The whole of a service's migrate.ts: a job that has the owner's password, so that the service need not. */
export async function migrateService<Common extends CommonConfig>(
  definition: ServiceDefinition<Common>,
): Promise<void> {
  await orFail(definition.name, async () => {
    const config = loadConfig(Config, environment());
    await migrateDatabase({
      databaseUrl: config.MIGRATIONS_DATABASE_URL,
      migrations: definition.migrations,
      migrateJobs,
      runtimeRole: config.DATABASE_ROLE,
    });
    process.stdout.write(`${definition.name}: the database is up to date\n`);
  });
}
