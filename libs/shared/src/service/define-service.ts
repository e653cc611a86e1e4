import type { DynamicModule } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { EntityClass } from '@mikro-orm/postgresql';
import type { z } from 'zod';
import type { Owner } from '@latchkey/contracts';
import type { CommonConfig } from '../config/config.js';
import type { MigrationClass } from '../persistence/migrate.js';

/** Everything the kit must know to run a service; the rest is the service's own subject. */
export interface ServiceDefinition<Config extends CommonConfig = CommonConfig> {
  name: Owner;
  config: z.ZodType<Config>;
  /** Entities of the service's own database. */
  entities: EntityClass<unknown>[];
  /** In order; the kit's own tables come first by themselves. */
  migrations: MigrationClass[];
  /** Strangers reach its port: what is only for operators' machines, its metrics, is never answered there. */
  isPublic?: boolean;
  /** Keeps `req.rawBody`, for signatures over the very bytes. */
  rawBody?: boolean;
  /** Express' limit for JSON bodies. */
  jsonLimit?: string;
  /** Providers, controllers and imports; the kit's classes (Door, Clock, Questions, Hints, Log ...) can be injected. */
  module: (config: Config) => Omit<DynamicModule, 'module'>;
  /** Express middleware that must come before the body is parsed (the gateway's proxies). */
  configure?: (app: NestExpressApplication, config: Config) => void;
  /** Checks that need more than one variable; throws ConfigError. */
  guard?: (config: Config) => void;
}

export function defineService<Config extends CommonConfig>(
  definition: ServiceDefinition<Config>,
): ServiceDefinition<Config> {
  return definition;
}
