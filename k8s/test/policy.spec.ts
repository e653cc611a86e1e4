import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as apps from 'kubernetes-models/apps/v1';
import * as autoscaling from 'kubernetes-models/autoscaling/v2';
import * as batch from 'kubernetes-models/batch/v1';
import * as core from 'kubernetes-models/v1';
import * as networking from 'kubernetes-models/networking.k8s.io/v1';
import * as policy from 'kubernetes-models/policy/v1';
import type { IContainer, IPodSpec } from 'kubernetes-models/v1';
import * as keda from '@kubernetes-models/keda/keda.sh/v1alpha1';
import * as monitoring from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import * as secrets from '@kubernetes-models/external-secrets/external-secrets.io/v1';
import { busAuthorization, busConsumers, owners, routes } from '@latchkey/contracts';
import { CommonConfig } from '@latchkey/shared/config';
import { bases, files, type Manifest } from '../src/manifests.js';

/** What everything we run on Kubernetes keeps to, whoever adds a service. */
interface Workload extends Manifest {
  spec: { template: { metadata: { labels: Record<string, string> }; spec: IPodSpec } };
}

const all = [...bases().values()].flat();
const workloads = all.filter(({ kind }) => ['Deployment', 'StatefulSet', 'Job'].includes(kind)) as Workload[];
const containers = workloads.flatMap((workload) =>
  [...(workload.spec.template.spec.initContainers ?? []), ...workload.spec.template.spec.containers].map(
    (container): [string, IContainer, Workload] => [`${workload.kind} ${workload.metadata.name}`, container, workload],
  ),
);
const running = containers.filter(([, , { kind }]) => kind !== 'Job');
const find = (kind: string, name: string) =>
  all.find((manifest) => manifest.kind === kind && manifest.metadata.name === name) as Manifest & { spec: never };

const root = resolve(import.meta.dirname, '../..');

/** CI compares those as well; here a changed alert would have to be generated twice. */
const isAlert = (path: string) => path.startsWith('alerts/');

test('the manifests are what the code says now: npm run k8s:generate writes them', () => {
  const base = join(root, 'k8s/base');
  const committed = readdirSync(base, { recursive: true }).map(String);
  const written = [...files()].filter(([path]) => !isAlert(path));
  const yaml = committed.filter((path) => path.endsWith('.yaml') && !isAlert(path));
  expect(yaml.sort()).toEqual(written.map(([path]) => path).sort());
  for (const [path, text] of written) expect(readFileSync(join(base, path), 'utf8')).toBe(text);
});

test('the permissions on the bus are what the contracts say now: npm run nats:identities writes them', () => {
  expect(readFileSync(join(root, 'ops/nats/identities.conf'), 'utf8')).toContain(busAuthorization());
});

const schemas = { apps, autoscaling, batch, core, networking, policy, keda, monitoring, secrets } as unknown as Record<
  string,
  Record<string, new (manifest: object) => { validate(): void; apiVersion: string }>
>;
/** CloudNativePG's kinds have no schema on npm. */
const withoutSchema = ['Cluster', 'Database'];

test.each(
  all
    .filter(({ kind }) => !withoutSchema.includes(kind))
    .map((manifest): [string, Manifest] => [`${manifest.kind} ${manifest.metadata.name}`, manifest]),
)('%s is valid by its schema', (_name, manifest) => {
  const Models = Object.values(schemas).flatMap((group) => group[manifest.kind] ?? []);
  const models = Models.map((Model) => new Model(manifest)).filter(
    ({ apiVersion }) => apiVersion === manifest.apiVersion,
  );
  expect(models.length).toBeGreaterThan(0);
  for (const model of models) model.validate();
});

test.each(containers)(
  '%s runs without rights: no root, nothing writable, no token, nothing to gain',
  (_name, container, workload) => {
    const pod = workload.spec.template.spec;
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(container.securityContext).toMatchObject({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.serviceAccountName).toBeTruthy();
    expect(pod.hostNetwork ?? pod.hostPID ?? pod.hostIPC).toBeUndefined();
  },
);

test.each(containers)('%s has bounds, and its memory is what it asks for', (_name, { resources }) => {
  expect(resources?.limits).toMatchObject({ cpu: expect.anything() as unknown, memory: expect.anything() as unknown });
  expect(resources?.requests?.['memory']).toBe(resources?.limits?.['memory']);
});

test.each(containers)('%s is told its secrets by reference', (_name, { env = [], envFrom = [] }) => {
  const secret = /SECRET|KEY$|SEED|PASSWORD|TOKEN|JWK$|DATABASE_URL/;
  for (const { name, value } of env) if (secret.test(name)) expect([name, value]).toEqual([name, undefined]);
  for (const { configMapRef } of envFrom)
    if (configMapRef) {
      const { data } = find('ConfigMap', configMapRef.name!) as unknown as { data: Record<string, string> };
      expect(Object.keys(data).filter((name) => secret.test(name))).toEqual([]);
    }
});

test.each(running)('%s is started, taken out and started again by probes', (_name, container) => {
  expect(container).toMatchObject({
    startupProbe: expect.anything() as unknown,
    readinessProbe: expect.anything() as unknown,
    livenessProbe: expect.anything() as unknown,
  });
});

test.each(owners)('%s: no probe asks for NATS, and a replica is replaced before it goes', (name) => {
  const deployment = find('Deployment', name) as unknown as Workload & {
    spec: { replicas?: number; strategy: { rollingUpdate: { maxUnavailable: number } } };
  };
  const [container] = deployment.spec.template.spec.containers;
  const paths = [container!.startupProbe, container!.readinessProbe, container!.livenessProbe].map(
    (probe) => probe?.httpGet?.path,
  );
  expect(paths).toEqual(['/health/live', '/health/ready', '/health/live']);
  expect(deployment.spec.strategy.rollingUpdate.maxUnavailable).toBe(0);
  expect(deployment.spec.replicas).toBeUndefined();
  expect(deployment.spec.template.spec.topologySpreadConstraints).toHaveLength(2);
});

test.each(owners)('%s can be deployed by itself: nothing of another service is in its directory', (name) => {
  const manifests = bases().get(name)!;
  const kinds = manifests.map(({ kind }) => kind);
  for (const kind of [
    'Deployment',
    'Service',
    'Job',
    'PodDisruptionBudget',
    'NetworkPolicy',
    'ServiceMonitor',
    'ExternalSecret',
  ])
    expect(kinds).toContain(kind);
  expect(kinds.filter((kind) => kind === 'HorizontalPodAutoscaler' || kind === 'ScaledObject')).toHaveLength(1);
  for (const { metadata } of manifests) expect(metadata.name.startsWith(name)).toBe(true);
});

test.each(owners)('%s: Argo CD runs the migration after what it stands on and before the new release', (name) => {
  const waveOf = ({ metadata }: Manifest) => {
    const { annotations } = metadata as { annotations?: Record<string, string> };
    const hook = annotations?.['argocd.argoproj.io/hook'];
    // PreSync, the phase before all others, is before everything that is no hook itself.
    return hook === 'PreSync' ? -Infinity : Number(annotations?.['argocd.argoproj.io/sync-wave'] ?? 0);
  };
  const migration = waveOf(find('Job', `${name}-migrate`));
  for (const needed of [find('ServiceAccount', name), find('ExternalSecret', `${name}-migrations`)])
    expect(waveOf(needed)).toBeLessThan(migration);
  expect(migration).toBeLessThan(waveOf(find('Deployment', name)));
  // A scaler without its Deployment is unwell, and Argo CD would wait for it.
  const scaler = bases()
    .get(name)!
    .find(({ kind }) => kind === 'HorizontalPodAutoscaler' || kind === 'ScaledObject')!;
  expect(waveOf(scaler)).toBe(waveOf(find('Deployment', name)));
});

test('no policy lets everybody in, and every pod has one', () => {
  const policies = all.filter(({ kind }) => kind === 'NetworkPolicy') as (Manifest & {
    spec: { podSelector: object; ingress?: { from?: unknown[] }[] };
  })[];
  for (const { spec } of policies) for (const { from } of spec.ingress ?? []) expect(from?.length).toBeGreaterThan(0);
  const text = JSON.stringify(
    policies.filter(({ metadata }) => metadata.name !== 'deny-all-but-dns').map(({ spec }) => spec.podSelector),
  );
  for (const { spec } of workloads) expect(text).toContain(JSON.stringify(spec.template.metadata.labels['app']));
});

test('an instance of PostgreSQL reaches the others where its probe looks for them, or it would take itself for cut off', () => {
  const { ingress, egress } = find('NetworkPolicy', 'postgres').spec as {
    ingress: networking.INetworkPolicyIngressRule[];
    egress: networking.INetworkPolicyEgressRule[];
  };
  const instance = JSON.stringify({ podSelector: { matchLabels: { 'cnpg.io/cluster': 'postgres' } } });
  const portsOf = (rules: { peers?: object[]; ports?: { port?: unknown }[] }[]) =>
    rules
      .filter(({ peers }) => peers?.some((peer) => JSON.stringify(peer) === instance))
      .flatMap(({ ports }) => ports?.map(({ port }) => port));
  for (const ports of [
    portsOf(ingress.map(({ from, ports }) => ({ peers: from!, ports: ports! }))),
    portsOf(egress.map(({ to, ports }) => ({ peers: to!, ports: ports! }))),
  ])
    expect(ports).toEqual(expect.arrayContaining([5432, 8000]));
});

test('a changed setting or permission reaches what runs: kustomize names ConfigMaps by what is in them', () => {
  const configMaps = all.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata.name);
  const generated = [...files()]
    .filter(([path]) => path.endsWith('/kustomization.yaml'))
    .flatMap(([, text]) => (parse(text) as { configMapGenerator?: { name: string }[] }).configMapGenerator ?? []);
  expect(generated.map(({ name }) => name).sort()).toEqual(configMaps.sort());
  for (const [path, text] of files())
    if (path.endsWith('/resources.yaml')) expect(text).not.toMatch(/^kind: ConfigMap$/m);
});

test('all replicas there may be, and one more of each while it is rolled, find a connection to the database', () => {
  const scalers = all.filter(({ kind }) => ['HorizontalPodAutoscaler', 'ScaledObject'].includes(kind)) as unknown as {
    spec: { maxReplicas?: number; maxReplicaCount?: number };
  }[];
  const most = scalers.map(({ spec }) => (spec.maxReplicas ?? spec.maxReplicaCount)! + 1);
  const { DATABASE_POOL_MAX } = CommonConfig.pick({ DATABASE_POOL_MAX: true }).parse({});
  // Beside its pool: four of pg-boss and the relay's lock. A migration has at most five.
  const needed = most.reduce((sum, replicas) => sum + replicas * (DATABASE_POOL_MAX + 5), 0) + owners.length * 5;
  const { parameters } = (find('Cluster', 'postgres').spec as { postgresql: { parameters: Record<string, string> } })
    .postgresql;
  // CloudNativePG's own and the superuser's.
  expect(Number(parameters['max_connections'])).toBeGreaterThanOrEqual(needed + 20);
});

test('the ingress has the routes of the gateway, in their order, and the gateway for the rest', () => {
  const ingress = find('Ingress', 'latchkey') as unknown as networking.IIngress;
  const paths = ingress.spec!.rules![0]!.http!.paths.map(({ path, backend }) => [path, backend.service!.name]);
  expect(paths).toEqual([...routes.map(({ prefix, service }) => [prefix, service]), ['/', 'signup']]);
});

test('whoever scales on consumer lag looks at every consumer of its own', () => {
  for (const scaled of all.filter(({ kind }) => kind === 'ScaledObject') as unknown as keda.IScaledObject[]) {
    const looked = scaled.spec!.triggers.map(({ metadata }) => `${metadata['stream']} ${metadata['consumer']}`);
    const own = busConsumers().filter(({ service }) => service === scaled.metadata!.name);
    expect(looked).toEqual(own.map(({ stream, durable }) => `${stream} ${durable}`));
    expect(looked.length).toBeGreaterThan(0);
  }
});

test('the bus collects its garbage before the limit of its container ends it', () => {
  const { containers } = (find('StatefulSet', 'nats').spec as apps.IStatefulSet['spec'])!.template.spec!;
  const { env, resources } = containers[0]!;
  const limit = env!.find(({ name }) => name === 'GOMEMLIMIT')?.value;
  expect(resources!.limits!['memory']).toBe('1Gi');
  expect(Number(/^(\d+)MiB$/.exec(limit ?? '')?.[1])).toBeLessThan(1_024);
});

test('an acknowledged message is on disk on more than one server, and so is a commit', () => {
  const nats = find('ConfigMap', 'nats') as unknown as core.IConfigMap;
  expect(nats.data!['nats-server.conf']).toContain('sync_interval: always');
  expect((find('StatefulSet', 'nats').spec as apps.IStatefulSet['spec'])!.replicas).toBe(3);
  expect((find('ConfigMap', 'signup') as unknown as core.IConfigMap).data!['NATS_REPLICAS']).toBe('3');
  expect(find('Cluster', 'postgres').spec).toMatchObject({
    instances: 3,
    postgresql: { synchronous: { dataDurability: 'required' } },
  });
});
