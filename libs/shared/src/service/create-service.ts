import 'reflect-metadata';
import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import type { NatsConnection } from '@nats-io/transport-node';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import helmet from 'helmet';
import type { AddressInfo } from 'node:net';
import type { CommonConfig } from '../config/config.js';
import { ConfigError, loadConfig } from '../config/config.js';
import { switchOnCrashPoints } from '../crash/crash-point.js';
import { HarnessClock } from '../crash/harness-clock.js';
import { HealthController, READINESS, type Readiness } from '../http/health.controller.js';
import { openApiOf } from '../http/openapi.js';
import { MetricsController, serveMetrics } from '../http/metrics.controller.js';
import { OPERATOR_TOKEN } from '../http/operator.guard.js';
import { ProblemFilter } from '../http/problem-filter.js';
import { requestScope } from '../http/request-scope.js';
import { createValidationPipe } from '../http/validation-pipe.js';
import { jobBindingsOf } from '../jobs/on-job.js';
import { Log } from '../observability/logger.js';
import { measureProcess } from '../observability/metrics.js';
import { type Tracing, traceWith } from '../observability/tracing.js';
import { AuditController } from '../operator/audit.controller.js';
import { DeadLettersController } from '../operator/dead-letters.controller.js';
import { ReadDeadLetters } from '../operator/read-dead-letters.js';
import { SettleDeadLetters } from '../operator/settle-dead-letters.js';
import { tendOutbox } from '../persistence/outbox.js';
import { em } from '../persistence/transaction.js';
import { AnsweringServer } from '../messaging/answering-server.js';
import { natsOptions } from '../messaging/bus.js';
import { JetStreamServer } from '../messaging/jetstream-server.js';
import type { Clock } from '../time/clock.js';
import { delay } from '../time/delay.js';
import type { ServiceDefinition } from './define-service.js';
import { busAccess, createKit, type Kit, kitProviders } from './kit.js';
import { measureKit } from './kit-measurements.js';
import { KitJobs } from './kit-jobs.js';
import { RunningService } from './running-service.js';

@Module({})
class ServiceModule {}

/**
 * Builds and starts a service from its definition and an environment. Throws ConfigError before anything is touched. When
 * the start fails later, the connections to database and bus are closed; an HTTP port or jobs that had begun are not, and
 * end with the process.
 */
export async function createService<Config extends CommonConfig>(
  definition: ServiceDefinition<Config>,
  env: NodeJS.ProcessEnv,
  clock?: Clock,
): Promise<RunningService> {
  const config = loadConfig(definition.config, env);
  definition.guard?.(config);
  if (config.CRASH_POINTS_DIR !== undefined) {
    if (config.NODE_ENV === 'production') throw new ConfigError('CRASH_POINTS_DIR must not be set in production.');
    switchOnCrashPoints(config.CRASH_POINTS_DIR, definition.name);
    clock ??= new HarnessClock(config.CRASH_POINTS_DIR);
  }
  const log = new Log(definition.name, config.LOG_LEVEL);
  const tracing = config.OTEL_EXPORTER_OTLP_ENDPOINT
    ? // Loaded only then: the SDK costs memory and a moment of the start.
      (await import('../observability/otlp.js')).traceToCollector(
        definition.name,
        config.OTEL_EXPORTER_OTLP_ENDPOINT,
        config.OTEL_TRACES_SAMPLER_ARG,
      )
    : undefined;
  if (tracing) traceWith(tracing);
  const kit = await createKit(definition, config, log, clock);
  try {
    return await startWith(kit, definition, config, tracing);
  } catch (error) {
    kit.measurements.close();
    await kit.relay.stop();
    await kit.questions.close();
    await kit.bus.close();
    await kit.orm.close(true);
    await tracing?.stop().catch(() => undefined);
    throw error;
  }
}

async function startWith<Config extends CommonConfig>(
  kit: Kit,
  definition: ServiceDefinition<Config>,
  config: Config,
  tracing: Tracing | undefined,
): Promise<RunningService> {
  const { door, bus, jobs, relay, deadLetters, log } = kit;
  measureProcess();
  measureKit(kit, definition.name, config.NATS_MONITORING_URL);

  let stopping = false;
  const readiness: Readiness = async () => ({
    database: await door
      .read('ready', () => em().getConnection().execute('select 1'))
      .then(
        () => null,
        () => 'The database is not answering.',
      ),
    relay: relay.isAlive ? null : 'The relay has stopped.',
    service: stopping ? 'The service is stopping.' : null,
  });
  const own = definition.module(config);
  const providers: Provider[] = [
    ...kitProviders(kit),
    { provide: READINESS, useValue: readiness },
    { provide: OPERATOR_TOKEN, useValue: (config as { OPERATOR_TOKEN?: string }).OPERATOR_TOKEN },
    KitJobs,
    ReadDeadLetters,
    SettleDeadLetters,
    ...(own.providers ?? []),
  ];
  const root: DynamicModule = {
    module: ServiceModule,
    imports: [DiscoveryModule, ...(own.imports ?? [])],
    controllers: [
      HealthController,
      ...(config.METRICS_PORT === undefined && !definition.isPublic ? [MetricsController] : []),
      AuditController,
      DeadLettersController,
      ...(own.controllers ?? []),
    ],
    providers,
  };

  const app = await NestFactory.create<NestExpressApplication>(root, {
    logger: log,
    bodyParser: false,
    rawBody: definition.rawBody ?? false,
    // What goes wrong while the app is built must reach the caller instead of ending the process.
    abortOnError: false,
  });
  app.disable('x-powered-by');
  app.use(requestScope(definition.name, log));
  app.use(
    helmet({
      contentSecurityPolicy: { directives: { defaultSrc: ["'none'"], styleSrc: ["'self'"], imgSrc: ["'self'"] } },
    }),
  );
  definition.configure?.(app, config);
  app.useBodyParser('json', { limit: definition.jsonLimit ?? '64kb' });
  app.useGlobalPipes(createValidationPipe());
  app.useGlobalFilters(new ProblemFilter(log));

  const server = new JetStreamServer(bus, door, kit.clock, deadLetters, log, {
    concurrency: config.EVENT_CONCURRENCY,
    triesMax: config.EVENT_TRIES_MAX,
    retryBaseMs: config.EVENT_RETRY_BASE_MS,
  });
  // Inherited, because Nest binds a microservice's handlers the moment it is connected: filters set later come too late.
  const hybrid = { inheritAppConfig: true };
  app.connectMicroservice<MicroserviceOptions>({ strategy: server }, hybrid);
  const answering = app.connectMicroservice<MicroserviceOptions>(
    {
      strategy: new AnsweringServer({
        ...natsOptions(`${definition.name}-answers`, busAccess(config)),
        queue: definition.name,
      }),
    },
    hybrid,
  );

  // Before init: afterwards Nest's own "not found" stands in front of it.
  const openApi = openApiOf(app, definition.name);
  app.use('/openapi.json', (_request: Request, response: Response, next: NextFunction) => {
    openApi().then((page) => response.json(page), next);
  });
  await app.init();
  // Throws when a handler listens to what the service does not hear by its contracts.
  server.subscriptions();

  await door.commit('tend-outbox', () => tendOutbox(em(), kit.clock.now()));
  await jobs.start(jobWorkers(app));
  relay.start();
  // In the background: a NATS that is away must not keep HTTP from answering.
  const listening = app
    .startAllMicroservices()
    // Subscribed is not yet known to the server: until this round trip a question may find nobody listening.
    .then(() => answering.unwrap<NatsConnection>().flush())
    .catch((error: unknown) => log.error('The bus cannot be listened to.', { err: error }));
  // Longer than any proxy or client keeps an idle connection: whoever closes first must not be us, or a request that is
  // just being sent is lost with the connection.
  app.getHttpServer().keepAliveTimeout = 75_000;
  if (config.METRICS_PORT !== undefined)
    app.getHttpServer().once('close', await serveMetrics(config.METRICS_PORT, config.HOST));
  await app.listen(config.PORT, config.HOST);
  const { port } = app.getHttpServer().address() as AddressInfo;
  log.info('ready', { port });

  const announceStop = () => {
    stopping = true;
    return delay(config.STOP_DELAY_MS);
  };
  const url = `http://${config.HOST}:${port}`;
  const afterwards = () => tracing?.stop().catch(() => undefined) ?? Promise.resolve();
  return new RunningService(definition.name, url, app, kit, server, listening, announceStop, afterwards);
}

/** The instances whose methods carry @OnJob or @OnSchedule. */
function jobWorkers(app: NestExpressApplication): object[] {
  const wrappers = app.get(DiscoveryService).getProviders();
  return wrappers
    .map((wrapper) => wrapper.instance as object | undefined)
    .filter(
      (instance): instance is object => instance !== undefined && instance !== null && typeof instance === 'object',
    )
    .filter((instance) => jobBindingsOf(Object.getPrototypeOf(instance) as object).length > 0);
}
