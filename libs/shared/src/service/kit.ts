import type { Provider } from '@nestjs/common';
import { MikroORM } from '@mikro-orm/postgresql';
import { Breakers } from '../breakers/breakers.js';
import type { CommonConfig } from '../config/config.js';
import { Jobs, migrateJobs } from '../jobs/jobs.js';
import { Bus, type BusAccess } from '../messaging/bus.js';
import { DeadLetters } from '../messaging/dead-letters.js';
import { Hints } from '../messaging/hints.js';
import { Questions } from '../messaging/questions.js';
import { Relay } from '../messaging/relay.js';
import { Log } from '../observability/logger.js';
import { Measurements } from '../observability/measurements.js';
import { Door } from '../persistence/door.js';
import { migrateDatabase, requireMigrated } from '../persistence/migrate.js';
import { createOrm } from '../persistence/orm.js';
import { Clock } from '../time/clock.js';
import type { ServiceDefinition } from './define-service.js';

/** The parts every service has one of. */
export interface Kit {
  log: Log;
  clock: Clock;
  orm: MikroORM;
  door: Door;
  bus: Bus;
  jobs: Jobs;
  relay: Relay;
  deadLetters: DeadLetters;
  questions: Questions;
  hints: Hints;
  breakers: Breakers;
  measurements: Measurements;
}

/** Migrates the database, unless that is somebody else's task, and joins the parts. Nothing works yet: jobs, relay and consumers are started by createService. */
export async function createKit<Config extends CommonConfig>(
  definition: ServiceDefinition<Config>,
  config: Config,
  log: Log,
  clock = new Clock(),
): Promise<Kit> {
  const { name } = definition;
  if (config.MIGRATE_AT_START)
    await migrateDatabase({
      databaseUrl: config.MIGRATIONS_DATABASE_URL ?? config.DATABASE_URL,
      migrations: definition.migrations,
      migrateJobs,
      runtimeRole: decodeURIComponent(new URL(config.DATABASE_URL).username),
    });
  const orm = await createOrm({
    service: name,
    databaseUrl: config.DATABASE_URL,
    poolMax: config.DATABASE_POOL_MAX,
    entities: definition.entities,
  });
  if (!config.MIGRATE_AT_START)
    await requireMigrated(orm, definition.migrations).catch(async (error: unknown) => {
      await orm.close(true);
      throw error;
    });
  const door = new Door(name, orm, clock);
  const bus = new Bus(name, busAccess(config), config.NATS_REPLICAS, log);
  const jobs = new Jobs(name, config.DATABASE_URL, door, log);
  const relay = new Relay(name, config.DATABASE_URL, orm, bus, clock, log);
  door.tell({
    writeJobs: (em, pending) => jobs.writeJobs(em, pending),
    wakeRelay: () => relay.ring(),
  });
  return {
    log,
    clock,
    orm,
    door,
    bus,
    jobs,
    relay,
    deadLetters: new DeadLetters(name, door, clock),
    questions: new Questions(name, busAccess(config)),
    hints: new Hints(bus),
    breakers: new Breakers(clock, {
      failures: config.BREAKER_FAILURES,
      pauseSeconds: config.BREAKER_PAUSE_SECONDS,
      pauseMaxSeconds: config.BREAKER_PAUSE_MAX_SECONDS,
    }),
    measurements: new Measurements(name, log),
  };
}

/** The kit's classes as Nest providers: each is injected by its own class, there are no tokens. */
export function kitProviders(kit: Kit): Provider[] {
  return [
    { provide: Log, useValue: kit.log },
    { provide: Clock, useValue: kit.clock },
    { provide: MikroORM, useValue: kit.orm },
    { provide: Door, useValue: kit.door },
    { provide: Bus, useValue: kit.bus },
    { provide: Jobs, useValue: kit.jobs },
    { provide: DeadLetters, useValue: kit.deadLetters },
    { provide: Questions, useValue: kit.questions },
    { provide: Hints, useValue: kit.hints },
    { provide: Breakers, useValue: kit.breakers },
    { provide: Measurements, useValue: kit.measurements },
  ];
}

export function busAccess({ NATS_URL: url, NATS_NKEY_SEED: nkeySeed }: CommonConfig): BusAccess {
  return { url, nkeySeed };
}
