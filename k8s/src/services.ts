import { routes, type Owner } from '@latchkey/contracts';

export const namespace = 'latchkey';
export const httpPort = 8080;
export const metricsPort = 9464;

/** What is special about a service on Kubernetes; everything else is the same for all. */
export interface ServiceFacts {
  name: Owner;
  /** Whom it calls over HTTP. Questions and events go over NATS. */
  calls: Owner[];
  /** Reaches the outside: vendors have no fixed addresses, so it is port 443 anywhere but in the cluster. */
  callsVendors: boolean;
  settings: Record<string, string>;
  memoryMb: number;
  cpu: string;
  /** On what replicas are added: CPU where that is the bound, else the events that wait for the service. */
  scalesOn: 'cpu' | 'consumer-lag';
}

const at = (service: Owner, path = '') => `http://${service}.${namespace}.svc:${httpPort}${path}`;
const jwks = at('signup', '/.well-known/jwks.json');

export const services: readonly ServiceFacts[] = [
  {
    name: 'signup',
    calls: ['workspace', 'billing-webhooks', 'notifier', 'analytics', 'provisioner'],
    callsVendors: true,
    settings: {
      WORKSPACE_URL: at('workspace'),
      BILLING_URL: at('billing-webhooks'),
      NOTIFIER_URL: at('notifier'),
      ANALYTICS_URL: at('analytics'),
      PROVISIONER_URL: at('provisioner'),
      // The ingress controller, which writes X-Forwarded-For.
      TRUST_PROXY: '1',
    },
    // argon2id: 19 MiB and one core for each password that is being hashed.
    memoryMb: 512,
    cpu: '1',
    scalesOn: 'cpu',
  },
  {
    name: 'billing-webhooks',
    calls: ['signup'],
    callsVendors: true,
    settings: { JWKS_URL: jwks },
    memoryMb: 384,
    cpu: '250m',
    scalesOn: 'consumer-lag',
  },
  {
    name: 'provisioner',
    calls: [],
    callsVendors: true,
    settings: { WARM_POOL_SIZE: '40' },
    memoryMb: 384,
    cpu: '250m',
    scalesOn: 'consumer-lag',
  },
  {
    name: 'workspace',
    calls: ['signup'],
    callsVendors: true,
    settings: { JWKS_URL: jwks },
    // Two parsers of 384 MB each may run beside it.
    memoryMb: 1_280,
    cpu: '500m',
    scalesOn: 'consumer-lag',
  },
  {
    name: 'notifier',
    calls: [],
    callsVendors: true,
    settings: {},
    memoryMb: 384,
    cpu: '250m',
    scalesOn: 'consumer-lag',
  },
  {
    name: 'analytics',
    calls: [],
    callsVendors: false,
    settings: {},
    memoryMb: 384,
    cpu: '250m',
    scalesOn: 'consumer-lag',
  },
];

/** Reached by the ingress: by the gateway's own table, and the gateway itself. */
export const isPublic = (name: Owner): boolean => name === 'signup' || routes.some((route) => route.service === name);
