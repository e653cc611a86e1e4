import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { httpPort, isPublic, metricsPort, services, type ServiceFacts } from './services.js';

const inNamespace = (name: string) => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } });
const pods = (app: string) => ({ podSelector: { matchLabels: { app } } });
const tcp = (...ports: number[]) => ports.map((port) => ({ protocol: 'TCP' as const, port }));

/** Nobody speaks to anybody, except where a policy beside this one says so. Names may be looked up. */
export const denyAll: INetworkPolicy = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'deny-all-but-dns' },
  spec: {
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
    egress: [{ to: [inNamespace('kube-system')], ports: [{ protocol: 'UDP', port: 53 }, ...tcp(53)] }],
  },
};

/** Who may speak to a service and whom it may speak to. Its migrations reach the database and nothing else. */
export function policyOf({ name, calls, callsVendors }: ServiceFacts): INetworkPolicy {
  const callers = services.filter((other) => other.calls.includes(name)).map((other) => pods(other.name));
  const from = [...callers, ...(isPublic(name) ? [inNamespace('ingress-nginx')] : [])];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name },
    spec: {
      podSelector: { matchLabels: { app: name } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        ...(from.length > 0 ? [{ from, ports: tcp(httpPort) }] : []),
        { from: [inNamespace('monitoring')], ports: tcp(metricsPort) },
      ],
      egress: [
        { to: [{ podSelector: { matchLabels: { 'cnpg.io/cluster': 'postgres' } } }], ports: tcp(5432) },
        { to: [pods('nats')], ports: tcp(4222, 8222) },
        ...(calls.length > 0 ? [{ to: calls.map(pods), ports: tcp(httpPort) }] : []),
        ...(callsVendors
          ? [
              {
                to: [
                  {
                    ipBlock: {
                      cidr: '0.0.0.0/0',
                      except: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16'],
                    },
                  },
                ],
                ports: tcp(443),
              },
            ]
          : []),
      ],
    },
  };
}

export const migrationPolicy: INetworkPolicy = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'migrations' },
  spec: {
    podSelector: {
      matchExpressions: [{ key: 'app', operator: 'In', values: services.map(({ name }) => `${name}-migrate`) }],
    },
    policyTypes: ['Ingress', 'Egress'],
    egress: [{ to: [{ podSelector: { matchLabels: { 'cnpg.io/cluster': 'postgres' } } }], ports: tcp(5432) }],
  },
};

/** The bus is for the services, its keeper, the other servers of the cluster, and those who measure it. */
export const busPolicies: INetworkPolicy[] = [
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'nats' },
    spec: {
      podSelector: { matchLabels: { app: 'nats' } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        { from: [{ podSelector: { matchLabels: { 'latchkey.dev/data': 'yes' } } }], ports: tcp(4222, 8222) },
        { from: [pods('nats')], ports: tcp(6222) },
        { from: [inNamespace('monitoring'), inNamespace('keda')], ports: tcp(8222) },
      ],
      egress: [{ to: [pods('nats')], ports: tcp(6222) }],
    },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'bus-keeper' },
    spec: {
      podSelector: { matchLabels: { app: 'bus-keeper' } },
      policyTypes: ['Ingress', 'Egress'],
      egress: [{ to: [pods('nats')], ports: tcp(4222) }],
    },
  },
];

/** PostgreSQL is for the services and their migrations, its own replicas, its operator, and those who measure it. */
export const databasePolicy: INetworkPolicy = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'postgres' },
  spec: {
    podSelector: { matchLabels: { 'cnpg.io/cluster': 'postgres' } },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      {
        from: [
          {
            podSelector: {
              matchExpressions: [
                { key: 'app', operator: 'In', values: services.flatMap(({ name }) => [name, `${name}-migrate`]) },
              ],
            },
          },
        ],
        ports: tcp(5432),
      },
      // 8000 among themselves: a primary that reaches neither the API server nor another instance's 8000 takes itself for cut
      // off and ends. Without it, an API server that is away for half a minute would end the database.
      { from: [{ podSelector: { matchLabels: { 'cnpg.io/cluster': 'postgres' } } }], ports: tcp(5432, 8000) },
      { from: [inNamespace('cnpg-system')], ports: tcp(8000, 5432) },
      { from: [inNamespace('monitoring')], ports: tcp(9187) },
    ],
    // Its replicas, the API server it reports to, and the object store of its backups.
    egress: [
      { to: [{ podSelector: { matchLabels: { 'cnpg.io/cluster': 'postgres' } } }], ports: tcp(5432, 8000) },
      { ports: tcp(443, 6443) },
    ],
  },
};
