import { owners, portOffsets, type Owner } from '@latchkey/contracts';
import { ensureDatabase } from '@latchkey/local';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Balancer } from './balancer.js';
import { environmentsOf, type Release } from './release.js';
import { migrate, Replica, type Drain, type ReplicaOptions } from './replica.js';

/** How long it takes until the last who sends requests has heard that a Pod is terminating; k8s/src reckons with less than 5 s. */
const endpointLagMs = 2_000;
/** The replicas' own ports begin here, above everything the host uses; the callers know the Services' ports only. */
const firstReplicaPort = 50;

export interface Roll {
  service: Owner;
  from: string;
  to: string;
  /** From its start until the new replica was ready; its migrations had run before. */
  startMs: number;
  drain: Drain;
}

export interface Surroundings {
  portBase: number;
  dataDir: string;
  env: NodeJS.ProcessEnv;
}

/** The six Deployments of a system, one replica each, behind the addresses that everybody calls. */
export class Deployments {
  private readonly running = new Map<Owner, Replica>();
  private readonly balancers = new Map<Owner, Balancer>();
  private started = 0;

  constructor(private readonly around: Surroundings) {}

  get connections(): { made: number; refused: number } {
    const all = [...this.balancers.values()];
    const sum = (of: (balancer: Balancer) => number) => all.reduce((total, balancer) => total + of(balancer), 0);
    return { made: sum(({ connections }) => connections), refused: sum(({ refused }) => refused) };
  }

  async deploy(release: Release): Promise<void> {
    const { portBase } = this.around;
    const server = `postgres://latchkey@127.0.0.1:${portBase + portOffsets.postgres}/postgres`;
    for (const service of owners) {
      this.balancers.set(service, await Balancer.listen(portBase + portOffsets[service]));
      await ensureDatabase(server, service.replaceAll('-', '_'));
      await migrate(await this.options(service, release));
    }
    // Side by side: signup asks the others, and the others ask it.
    await Promise.all(owners.map(async (service) => this.join(service, await this.start(service, release))));
  }

  /**
   * As a Deployment with maxSurge 1 and maxUnavailable 0 does it: one more replica, and when it is ready the old one is
   * told to end. In between both work for `togetherMs`.
   */
  async roll(service: Owner, release: Release, togetherMs: number): Promise<Roll> {
    const old = this.running.get(service)!;
    if (old.options.release !== release) await migrate(await this.options(service, release));
    const beganMs = performance.now();
    const fresh = await this.start(service, release);
    const startMs = Math.round(performance.now() - beganMs);
    this.join(service, fresh);
    await sleep(togetherMs);
    const leaving = sleep(endpointLagMs).then(() => this.balancers.get(service)!.remove(old.options.port));
    const drain = await old.terminate();
    await leaving;
    return { service, from: old.options.release.name, to: release.name, startMs, drain };
  }

  /** Those whose process ended without being told to. */
  get dead(): Owner[] {
    return [...this.running].filter(([, replica]) => replica.hasEnded).map(([service]) => service);
  }

  /** Events that the replicas which run now got from those before them. */
  async redelivered(): Promise<number> {
    const counts = await Promise.all([...this.running.values()].map((replica) => replica.redelivered()));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.running.values()].map((replica) => replica.terminate()));
    await Promise.all([...this.balancers.values()].map((balancer) => balancer.close()));
  }

  private join(service: Owner, replica: Replica): void {
    this.running.set(service, replica);
    this.balancers.get(service)!.add(replica.options.port);
  }

  private async start(service: Owner, release: Release): Promise<Replica> {
    return Replica.start(await this.options(service, release));
  }

  private async options(service: Owner, release: Release): Promise<ReplicaOptions> {
    const { portBase, dataDir, env } = this.around;
    const environments = await environmentsOf(release, env);
    const port = portBase + firstReplicaPort + (this.started++ % 50);
    const logFile = join(dataDir, 'logs', `${service}.log`);
    return { service, release, port, metricsPort: port + 50, env: environments.get(service)!, logFile };
  }
}
