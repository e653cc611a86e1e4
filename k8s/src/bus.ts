import type { IDeployment, IStatefulSet } from 'kubernetes-models/apps/v1';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1';
import type { IConfigMap, IService, IServiceAccount } from 'kubernetes-models/v1';
import type { IExternalSecret } from '@kubernetes-models/external-secrets/external-secrets.io/v1';
import { busAuthorization, busIdentities, publicKeyVariable } from '@latchkey/contracts';
import { busPolicies } from './network.js';
import { probes, restricted, scratch, spread } from './pod.js';
import { httpPort } from './services.js';

const servers = 3;
const labels = { app: 'nats' };

/** Three servers in three zones, every acknowledged message on two disks: with the default of NATS a power cut loses some. */
const configuration = `server_name: $POD_NAME
listen: "0.0.0.0:4222"
http: "0.0.0.0:8222"
lame_duck_grace_period: 10s
lame_duck_duration: 30s
cluster {
  name: latchkey
  listen: "0.0.0.0:6222"
  routes = [
${Array.from({ length: servers }, (_, index) => `    "nats://nats-${index}.nats-headless:6222"`).join('\n')}
  ]
}
jetstream {
  store_dir: "/data"
  max_file_store: 18Gi
  sync_interval: always
}
include "identities.conf"
`;

const account = (name: string): IServiceAccount => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name },
  automountServiceAccountToken: false,
});

const config: IConfigMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'nats' },
  data: { 'nats-server.conf': configuration, 'identities.conf': busAuthorization() },
};

/** `latchkey/nats-public-keys`: one public key per identity, by the names in identities.conf. */
const publicKeys: IExternalSecret = {
  apiVersion: 'external-secrets.io/v1',
  kind: 'ExternalSecret',
  metadata: { name: 'nats-public-keys' },
  spec: {
    refreshInterval: '1h',
    secretStoreRef: { kind: 'ClusterSecretStore', name: 'latchkey' },
    target: { name: 'nats-public-keys' },
    dataFrom: [{ extract: { key: 'latchkey/nats-public-keys' } }],
  },
};

const server: IStatefulSet = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'nats', labels },
  spec: {
    serviceName: 'nats-headless',
    replicas: servers,
    // They need each other to be ready.
    podManagementPolicy: 'Parallel',
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        serviceAccountName: 'nats',
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: restricted.pod,
        terminationGracePeriodSeconds: 60,
        ...spread('nats'),
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: labels } },
            ],
          },
        },
        containers: [
          {
            name: 'nats',
            image: 'nats:2.15.1-alpine',
            args: ['--config', '/etc/nats/nats-server.conf'],
            securityContext: restricted.container,
            ports: [
              { name: 'client', containerPort: 4222 },
              { name: 'cluster', containerPort: 6222 },
              { name: 'monitor', containerPort: 8222 },
            ],
            env: [
              { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
              // Below the limit of the container: by itself Go counts with the node's memory, and the server was killed at 1 GB
              // while many consumers read from the start (seen with docker compose).
              { name: 'GOMEMLIMIT', value: '900MiB' },
              ...busIdentities.map((identity) => ({
                name: publicKeyVariable(identity),
                valueFrom: { secretKeyRef: { name: 'nats-public-keys', key: publicKeyVariable(identity) } },
              })),
            ],
            // As NATS's own chart has them. The plain page, which alone tells of a stream that cannot write, must not take a
            // server out while its disk is full: an alert asks it (nats_up of the services).
            startupProbe: { httpGet: { path: '/healthz', port: 'monitor' }, periodSeconds: 5, failureThreshold: 90 },
            readinessProbe: { httpGet: { path: '/healthz?js-server-only=true', port: 'monitor' }, periodSeconds: 10 },
            livenessProbe: { httpGet: { path: '/healthz?js-enabled-only=true', port: 'monitor' }, periodSeconds: 30 },
            resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '2', memory: '1Gi' } },
            volumeMounts: [
              { name: 'data', mountPath: '/data' },
              { name: 'config', mountPath: '/etc/nats', readOnly: true },
            ],
          },
        ],
        volumes: [{ name: 'config', configMap: { name: 'nats' } }],
      },
    },
    volumeClaimTemplates: [
      {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '20Gi' } } },
      },
    ],
  },
};

const ports = [
  { name: 'client', port: 4222, targetPort: 'client' },
  { name: 'monitor', port: 8222, targetPort: 'monitor' },
];
const clients: IService = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'nats', labels },
  spec: { selector: labels, ports },
};
const headless: IService = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'nats-headless', labels },
  spec: {
    selector: labels,
    clusterIP: 'None',
    publishNotReadyAddresses: true,
    ports: [...ports, { name: 'cluster', port: 6222, targetPort: 'cluster' }],
  },
};
/** Of three servers two must agree. */
const budgetOf = (app: string): IPodDisruptionBudget => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: app },
  spec: { maxUnavailable: 1, selector: { matchLabels: { app } } },
});

/** One is enough: nothing waits for it but a bus that was wiped. */
const keeper: IDeployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'bus-keeper', labels: { app: 'bus-keeper' } },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'bus-keeper' } },
    template: {
      metadata: { labels: { app: 'bus-keeper', 'latchkey.dev/data': 'yes' } },
      spec: {
        serviceAccountName: 'bus-keeper',
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: restricted.pod,
        ...spread('bus-keeper'),
        containers: [
          {
            name: 'bus-keeper',
            image: 'latchkey/bus-keeper',
            securityContext: restricted.container,
            ports: [{ name: 'http', containerPort: httpPort }],
            env: [
              { name: 'PORT', value: String(httpPort) },
              { name: 'HOST', value: '0.0.0.0' },
              { name: 'NATS_URL', value: 'nats://nats:4222' },
              { name: 'NATS_REPLICAS', value: String(servers) },
              { name: 'NATS_NKEY_SEED', valueFrom: { secretKeyRef: { name: 'bus-keeper', key: 'NATS_NKEY_SEED' } } },
            ],
            ...probes('http'),
            resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { cpu: '500m', memory: '128Mi' } },
            volumeMounts: [scratch.mount],
          },
        ],
        volumes: [scratch.volume],
      },
    },
  },
};
const keeperSecret: IExternalSecret = {
  ...publicKeys,
  metadata: { name: 'bus-keeper' },
  spec: {
    ...publicKeys.spec!,
    target: { name: 'bus-keeper' },
    dataFrom: [{ extract: { key: 'latchkey/bus-keeper' } }],
  },
};

export const bus: object[] = [
  account('nats'),
  account('bus-keeper'),
  config,
  publicKeys,
  server,
  clients,
  headless,
  budgetOf('nats'),
  keeperSecret,
  keeper,
  budgetOf('bus-keeper'),
  ...busPolicies,
];
