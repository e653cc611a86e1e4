import type { IDeployment } from 'kubernetes-models/apps/v1';
import type { IJob } from 'kubernetes-models/batch/v1';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1';
import type { IConfigMap, IService, IServiceAccount } from 'kubernetes-models/v1';
import type { IServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import type { IExternalSecret } from '@kubernetes-models/external-secrets/external-secrets.io/v1';
import { policyOf } from './network.js';
import { probes, restricted, scratch, spread } from './pod.js';
import { scalerOf } from './scaling.js';
import { httpPort, metricsPort, type ServiceFacts } from './services.js';

/** Longer than a load balancer needs to notice "not ready". */
const stopDelayMs = 5_000;

/**
 * Argo CD applies wave 0 first, everything that names none: the migration stands on its account and its secret. The phase
 * before all waves (PreSync) would wait for both for ever in a cluster that has never seen the service.
 */
const wave = { migration: { 'argocd.argoproj.io/sync-wave': '1' }, release: { 'argocd.argoproj.io/sync-wave': '2' } };

/** Everything of one service, deployable by itself: `kubectl apply -k k8s/base/<service>`. */
export function serviceResources(facts: ServiceFacts): object[] {
  const { name } = facts;
  const labels = { app: name };
  const database = name.replaceAll('-', '_');
  const image = `latchkey/${name}`;

  const account: IServiceAccount = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name },
    automountServiceAccountToken: false,
  };
  const settings: IConfigMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data: {
      NODE_ENV: 'production',
      HOST: '0.0.0.0',
      PORT: String(httpPort),
      METRICS_PORT: String(metricsPort),
      MIGRATE_AT_START: 'false',
      STOP_DELAY_MS: String(stopDelayMs),
      NATS_URL: 'nats://nats:4222',
      NATS_MONITORING_URL: 'http://nats:8222',
      NATS_REPLICAS: '3',
      ...facts.settings,
    },
  };
  const deployment: IDeployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels, annotations: wave.release },
    // No replicas here: the autoscaler decides, and an apply must not undo what it decided.
    spec: {
      selector: { matchLabels: labels },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: {
        metadata: { labels: { ...labels, 'latchkey.dev/data': 'yes' } },
        spec: {
          serviceAccountName: name,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: restricted.pod,
          // The pause above, and the 25 s in which a service ends its work by itself.
          terminationGracePeriodSeconds: 40,
          ...spread(name),
          containers: [
            {
              name,
              image,
              securityContext: restricted.container,
              ports: [
                { name: 'http', containerPort: httpPort },
                { name: 'metrics', containerPort: metricsPort },
              ],
              envFrom: [{ configMapRef: { name } }, { secretRef: { name } }],
              ...probes('http'),
              resources: {
                requests: { cpu: facts.cpu, memory: `${facts.memoryMb}Mi` },
                limits: { cpu: '2', memory: `${facts.memoryMb}Mi` },
              },
              volumeMounts: [scratch.mount],
            },
          ],
          volumes: [scratch.volume],
        },
      },
    },
  };
  const migration: IJob = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: `${name}-migrate`,
      labels: { app: `${name}-migrate`, 'latchkey.dev/step': 'migration' },
      // A finished Job cannot be changed: Argo CD replaces it, by hand it is deleted first (docs/operations.md).
      annotations: {
        'argocd.argoproj.io/hook': 'Sync',
        'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
        ...wave.migration,
      },
    },
    spec: {
      backoffLimit: 5,
      activeDeadlineSeconds: 900,
      ttlSecondsAfterFinished: 86_400,
      template: {
        metadata: { labels: { app: `${name}-migrate` } },
        spec: {
          restartPolicy: 'OnFailure',
          serviceAccountName: name,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: restricted.pod,
          containers: [
            {
              name: 'migrate',
              image,
              args: [`apps/${name}/dist/migrate.js`],
              securityContext: restricted.container,
              env: [{ name: 'DATABASE_ROLE', value: database }],
              envFrom: [{ secretRef: { name: `${name}-migrations` } }],
              resources: {
                requests: { cpu: '100m', memory: '256Mi' },
                limits: { cpu: '1', memory: '256Mi' },
              },
              volumeMounts: [scratch.mount],
            },
          ],
          volumes: [scratch.volume],
        },
      },
    },
  };
  const service: IService = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels },
    spec: {
      selector: labels,
      ports: [
        { name: 'http', port: httpPort, targetPort: 'http' },
        { name: 'metrics', port: metricsPort, targetPort: 'metrics' },
      ],
    },
  };
  const budget: IPodDisruptionBudget = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name },
    spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
  };
  const monitor: IServiceMonitor = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { name, labels },
    spec: { jobLabel: 'app', selector: { matchLabels: labels }, endpoints: [{ port: 'metrics', interval: '15s' }] },
  };
  // `latchkey/signup` holds the variables of the service, `latchkey/signup-migrations` the owner's MIGRATIONS_DATABASE_URL.
  const secrets = [name, `${name}-migrations`].map((secret): IExternalSecret => ({
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name: secret },
    spec: {
      refreshInterval: '1h',
      secretStoreRef: { kind: 'ClusterSecretStore', name: 'latchkey' },
      target: { name: secret },
      dataFrom: [{ extract: { key: `latchkey/${secret}` } }],
    },
  }));
  const scaler = scalerOf(facts);
  scaler.metadata = { ...scaler.metadata, annotations: wave.release };
  return [account, settings, ...secrets, migration, deployment, service, budget, scaler, policyOf(facts), monitor];
}
