import type { IExternalSecret } from '@kubernetes-models/external-secrets/external-secrets.io/v1';
import { databasePolicy, migrationPolicy } from './network.js';
import { services } from './services.js';

const names = services.map(({ name }) => name.replaceAll('-', '_'));
const roles = names.flatMap((name) => [`${name}_owner`, name]);
const secretOf = (role: string) => `postgres-${role.replaceAll('_', '-')}`;

const passwords = roles.map((role): IExternalSecret => ({
  apiVersion: 'external-secrets.io/v1',
  kind: 'ExternalSecret',
  metadata: { name: secretOf(role) },
  spec: {
    refreshInterval: '1h',
    secretStoreRef: { kind: 'ClusterSecretStore', name: 'latchkey' },
    target: {
      name: secretOf(role),
      template: { type: 'kubernetes.io/basic-auth', metadata: { labels: { 'cnpg.io/reload': 'true' } } },
    },
    dataFrom: [{ extract: { key: `latchkey/${secretOf(role)}` } }],
  },
}));

/** CloudNativePG. Its CRDs have no typings on npm, so these two kinds are checked on paper only. */
const cluster = {
  apiVersion: 'postgresql.cnpg.io/v1',
  kind: 'Cluster',
  metadata: { name: 'postgres' },
  spec: {
    instances: 3,
    imageName: 'ghcr.io/cloudnative-pg/postgresql:18.1',
    // A commit is acknowledged when a second server has it; without one, it waits rather than being lost.
    postgresql: {
      synchronous: { method: 'any', number: 1, dataDurability: 'required' },
      // 21 for each replica: a pool of 16, four of pg-boss and the relay's lock.
      parameters: { max_connections: '700', jit: 'off' },
    },
    // Owners own tables and migrate; the services' roles own nothing. Neither may make roles or databases.
    managed: {
      roles: roles.map((name) => ({
        name,
        ensure: 'present',
        login: true,
        superuser: false,
        createdb: false,
        createrole: false,
        bypassrls: false,
        passwordSecret: { name: secretOf(name) },
      })),
    },
    enableSuperuserAccess: false,
    affinity: {
      enablePodAntiAffinity: true,
      topologyKey: 'topology.kubernetes.io/zone',
      podAntiAffinityType: 'preferred',
    },
    storage: { size: '50Gi' },
    walStorage: { size: '10Gi' },
    // 269 connections took 1.1 GB (docs/operations.md).
    resources: { requests: { cpu: '1', memory: '4Gi' }, limits: { cpu: '4', memory: '4Gi' } },
    monitoring: { enablePodMonitor: true },
  },
};

const databases = names.map((name) => ({
  apiVersion: 'postgresql.cnpg.io/v1',
  kind: 'Database',
  metadata: { name: name.replaceAll('_', '-') },
  spec: { name, owner: `${name}_owner`, cluster: { name: 'postgres' }, databaseReclaimPolicy: 'retain' },
}));

export const database: object[] = [...passwords, cluster, ...databases, databasePolicy, migrationPolicy];
