import { jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, headers as natsHeaders, type NatsConnection } from '@nats-io/transport-node';
import {
  owners,
  streamOf,
  subjectOf,
  type EventContract,
  type EventData,
  type Owner,
  type QuestionContract,
  type QuestionReply,
  type QuestionRequest,
} from '@latchkey/contracts';
import { freePort } from '@latchkey/local';
import type { CommonConfig } from '@latchkey/shared/config';
import { newEventId } from '@latchkey/shared/ids';
import { ensureStream } from '@latchkey/shared/messaging';
import { createService, type RunningService, type ServiceDefinition } from '@latchkey/shared/service';
import { Clock } from '@latchkey/shared/time';
import { startTestSandbox, type TestSandbox } from './sandbox-process.js';
import { createTestDatabase, startTestNats, type TestDatabase, type TestNats } from './servers.js';

export const operatorToken = 'operator-token-of-the-tests';

export interface WorldOptions {
  /** Starts the vendors' stand-ins; with a function, their environment, made from the ports the services will have. */
  sandbox?: boolean | ((ports: Record<Owner, number>) => Record<string, string>);
}

/** An event as it lies on the bus. */
export interface SeenEvent {
  id: string;
  type: string;
  tenantId: string;
  data: Record<string, unknown>;
}

/** Real PostgreSQL, a nats-server of its own, the sandbox if asked for, and whatever services a spec starts in it. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const nats = await startTestNats();
  const ports = Object.fromEntries(await Promise.all(owners.map(async (owner) => [owner, await freePort()]))) as Record<
    Owner,
    number
  >;
  const env = typeof options.sandbox === 'function' ? options.sandbox(ports) : {};
  const sandbox = options.sandbox ? await startTestSandbox(env) : undefined;
  const connection = await connect({
    servers: nats.url,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    name: 'world',
  });
  return new World(nats, ports, connection, sandbox);
}

export class World {
  readonly clock = new Clock();
  readonly services: RunningService[] = [];
  private readonly databases = new Map<string, TestDatabase>();
  private readonly takenPorts = new Set<Owner>();

  constructor(
    readonly nats: TestNats,
    /** The port of the first instance of each service. */
    readonly ports: Record<Owner, number>,
    private readonly connection: NatsConnection,
    private readonly startedSandbox: TestSandbox | undefined,
  ) {}

  get sandbox(): TestSandbox['urls'] {
    if (!this.startedSandbox) throw new Error('This world has no sandbox: startWorld({ sandbox: true }).');
    return this.startedSandbox.urls;
  }

  /** The service's database in this world; replicas share it, and it stays when they are stopped. */
  async databaseUrl(name: string): Promise<string> {
    let database = this.databases.get(name);
    if (!database) this.databases.set(name, (database = await createTestDatabase(name)));
    return database.url;
  }

  /** What a service's environment is in this world; the spec adds what is special about the service. */
  async environment(name: Owner, env: Record<string, string> = {}): Promise<Record<string, string>> {
    return {
      NODE_ENV: 'test',
      PORT: this.takePort(name),
      DATABASE_URL: await this.databaseUrl(name),
      DATABASE_POOL_MAX: '8',
      NATS_URL: this.nats.url,
      PUBLIC_URL: `http://127.0.0.1:${this.ports.signup}`,
      LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
      EVENT_RETRY_BASE_MS: '20',
      EVENT_TRIES_MAX: '4',
      OPERATOR_TOKEN: operatorToken,
      ...env,
    };
  }

  async start<Config extends CommonConfig>(
    definition: ServiceDefinition<Config>,
    env: Record<string, string> = {},
  ): Promise<RunningService> {
    const service = await createService(definition, await this.environment(definition.name, env), this.clock);
    await service.listening;
    this.services.push(service);
    return service;
  }

  async stopService(service: RunningService): Promise<void> {
    await service.stop();
    if (service.url.endsWith(`:${this.ports[service.name as Owner]}`)) this.takenPorts.delete(service.name as Owner);
    this.services.splice(this.services.indexOf(service), 1);
  }

  /** Puts an event on the bus as its owner's relay would. Returns its id; give one to publish the same event again. */
  async publish<E extends EventContract>(
    event: E,
    tenantId: string,
    data: EventData<E>,
    id: string = newEventId(),
    time: string = this.clock.nowIso(),
  ): Promise<string> {
    await this.publishRaw(subjectOf(event, tenantId), JSON.stringify(event.data.parse(data)), {
      'ce-id': id,
      'ce-type': event.type,
      'ce-source': event.owner,
      'ce-subject': tenantId,
      'ce-time': time,
    });
    return id;
  }

  /** A message as it is, also one that no relay would send. It carries no Nats-Msg-Id, so a repetition reaches the inbox. */
  async publishRaw(subject: string, body: string, envelope: Record<string, string>): Promise<void> {
    const owner = owners.find((name) => subject.startsWith(`latchkey.${name}.`));
    if (!owner) throw new Error(`${subject} belongs to no stream.`);
    await this.patiently((manager) => ensureStream(manager, owner, 1));
    const headers = natsHeaders();
    for (const [key, value] of Object.entries(envelope)) headers.set(key, value);
    await jetstream(this.connection).publish(subject, body, { headers });
  }

  /** Plays a service that is not started: answers its question as Nest's NATS transport would. */
  answer<Q extends QuestionContract>(
    question: Q,
    answer: (request: QuestionRequest<Q>) => Promise<QuestionReply<Q>> | QuestionReply<Q>,
  ): () => void {
    const subscription = this.connection.subscribe(question.subject, {
      callback: (error, message) => {
        if (error) return;
        const packet = message.json<{ id: string; data: unknown }>();
        void Promise.resolve()
          .then(() => answer(question.request.parse(packet.data) as QuestionRequest<Q>))
          .then(
            (response) => message.respond(JSON.stringify({ id: packet.id, response, isDisposed: true })),
            (err: unknown) => message.respond(JSON.stringify({ id: packet.id, err: String(err), isDisposed: true })),
          );
      },
    });
    return () => subscription.unsubscribe();
  }

  /** Every event about a tenant that is on the bus, oldest first within a stream. */
  async events(tenantId: string): Promise<SeenEvent[]> {
    const manager = await this.patiently(async (ready) => ready);
    const seen: SeenEvent[] = [];
    for (const owner of owners) {
      const stream = streamOf(owner);
      const info = await manager.streams.info(stream).catch(() => undefined);
      for (let seq = Math.max(1, info?.state.first_seq ?? 1); seq <= (info?.state.last_seq ?? 0); seq++) {
        const message = await manager.streams.getMessage(stream, { seq });
        if (!message?.subject.endsWith(`.${tenantId}`)) continue;
        const type = message.header.get('ce-type');
        seen.push({ id: message.header.get('ce-id'), type, tenantId, data: message.json<Record<string, unknown>>() });
      }
    }
    return seen;
  }

  /** The same as `events`, as types only: what most specs want to compare. */
  async eventTypes(tenantId: string): Promise<string[]> {
    return (await this.events(tenantId)).map((event) => event.type);
  }

  /** Waits until no outbox, stream or due job of the running services holds anything. Throws with what is left. */
  async drain(timeoutMs = 20_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    let quiet = 0;
    while (quiet < 2) {
      const left = await this.unfinished();
      quiet = left.length === 0 ? quiet + 1 : 0;
      if (Date.now() > deadline) throw new Error(`Not drained after ${timeoutMs} ms: ${left.join(', ')}`);
      await new Promise((resolve) => setTimeout(resolve, quiet === 0 ? 20 : 40));
    }
  }

  /** Moves time forward for every service: their clocks, and the jobs that wait for later. */
  async advance(ms: number): Promise<void> {
    this.clock.advance(ms);
    for (const service of this.services)
      await service.sql(
        `update pgboss.job set start_after = start_after - make_interval(secs => $1) where state in ('created', 'retry')`,
        [ms / 1_000],
      );
  }

  async stop(): Promise<void> {
    await Promise.all(this.services.splice(0).map((service) => service.stop()));
    await this.connection.close();
    await this.startedSandbox?.stop();
    await this.nats.stop();
    await Promise.all([...this.databases.values()].map((database) => database.drop()));
  }

  /** The announced port for the first instance that starts; others, and one started after it, take any. */
  private takePort(name: Owner): string {
    if (this.takenPorts.has(name)) return '0';
    this.takenPorts.add(name);
    return String(this.ports[name]);
  }

  /** A request that was under way when NATS went down is lost; a spec that restarts NATS should not have to know. */
  private async patiently<T>(work: (manager: JetStreamManager) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await work(await jetstreamManager(this.connection, { timeout: 1_000 }));
      } catch (error) {
        if (tries === 10) throw error;
      }
    }
  }

  private async unfinished(): Promise<string[]> {
    const left: string[] = [];
    for (const service of this.services) if (!(await service.isIdle())) left.push(`${service.name} is busy`);
    const manager = await this.patiently(async (ready) => ready);
    const names = this.services.map((service) => service.name);
    for (const owner of owners) {
      const stream = streamOf(owner);
      if (!(await manager.streams.info(stream).catch(() => undefined))) continue;
      for await (const consumer of manager.consumers.list(stream)) {
        const pending = consumer.num_pending + consumer.num_ack_pending;
        if (pending > 0 && names.some((name) => consumer.name === name || consumer.name.startsWith(`${name}-`)))
          left.push(`${consumer.name} has ${pending} of ${stream}`);
      }
    }
    return left;
  }
}
