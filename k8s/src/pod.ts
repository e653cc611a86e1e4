import type {
  IContainer,
  IPodSecurityContext,
  IPodSpec,
  ISecurityContext,
  IVolume,
  IVolumeMount,
} from 'kubernetes-models/v1';

/** The "restricted" pod security standard, and a root file system that nobody can write to. */
export const restricted: { pod: IPodSecurityContext; container: ISecurityContext } = {
  pod: {
    runAsNonRoot: true,
    runAsUser: 1000,
    runAsGroup: 1000,
    fsGroup: 1000,
    seccompProfile: { type: 'RuntimeDefault' },
  },
  container: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  },
};

export const scratch: { volume: IVolume; mount: IVolumeMount } = {
  volume: { name: 'tmp', emptyDir: { sizeLimit: '256Mi' } },
  mount: { name: 'tmp', mountPath: '/tmp' },
};

/** Over zones and over nodes, as far as there are any: a pod that cannot be spread still runs. */
export function spread(app: string): Pick<IPodSpec, 'topologySpreadConstraints'> {
  return {
    topologySpreadConstraints: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: { app } },
    })),
  };
}

/**
 * Ready is the own database and the own relay, never NATS: without the bus a service still takes requests, and a readiness
 * that asked for it would take all of them out of service at once.
 */
export function probes(port: string): Pick<IContainer, 'startupProbe' | 'readinessProbe' | 'livenessProbe'> {
  const get = (path: string) => ({ httpGet: { path, port } });
  return {
    startupProbe: { ...get('/health/live'), periodSeconds: 2, failureThreshold: 30 },
    readinessProbe: { ...get('/health/ready'), periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 2 },
    livenessProbe: { ...get('/health/live'), periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
  };
}
