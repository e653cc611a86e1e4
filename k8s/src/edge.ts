import type { IIngress } from 'kubernetes-models/networking.k8s.io/v1';
import type { INamespace } from 'kubernetes-models/v1';
import { routes } from '@latchkey/contracts';
import { denyAll } from './network.js';
import { namespace } from './services.js';

const space: INamespace = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: namespace,
    labels: {
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/audit': 'restricted',
    },
  },
};

const backend = (name: string) => ({ service: { name, port: { name: 'http' } } });

/**
 * The gateway's own table of routes, one hop shorter; what is not in it goes to the gateway. `/metrics` has no way in: the
 * services serve it on another port. An overlay names the host.
 */
const ingress: IIngress = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: {
    name: 'latchkey',
    annotations: {
      // Uploads are up to 10 MB, and the status page's stream stays open.
      'nginx.ingress.kubernetes.io/proxy-body-size': '12m',
      'nginx.ingress.kubernetes.io/proxy-read-timeout': '3600',
    },
  },
  spec: {
    ingressClassName: 'nginx',
    tls: [{ hosts: ['latchkey.example'], secretName: 'latchkey-tls' }],
    rules: [
      {
        host: 'latchkey.example',
        http: {
          paths: [
            ...routes.map(({ prefix, service }) => ({
              path: prefix,
              pathType: 'Prefix' as const,
              backend: backend(service),
            })),
            { path: '/', pathType: 'Prefix' as const, backend: backend('signup') },
          ],
        },
      },
    ],
  },
};

export const edge: object[] = [space, denyAll, ingress];
