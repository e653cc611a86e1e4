import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import type { IScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1';
import { busConsumers } from '@latchkey/contracts';
import type { ServiceFacts } from './services.js';

/** The most of all services together must find room in `max_connections` of the database (`database.ts`); a test counts. */
const replicas = { min: 2, max: 4 };
/** So many events per replica may wait: about two seconds of one replica's work (docs/performance.md). */
const lagPerReplica = '200';

/** One autoscaler for each Deployment: two would take turns undoing each other. KEDA's makes an HPA by itself. */
export function scalerOf({ name, scalesOn }: ServiceFacts): IHorizontalPodAutoscaler | IScaledObject {
  if (scalesOn === 'cpu')
    return {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        minReplicas: replicas.min,
        maxReplicas: replicas.max,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
        ],
        behavior: { scaleDown: { stabilizationWindowSeconds: 300 } },
      },
    };
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name },
    spec: {
      scaleTargetRef: { name },
      minReplicaCount: replicas.min,
      maxReplicaCount: replicas.max,
      cooldownPeriod: 300,
      // When NATS's monitoring does not answer, nothing is known about the lag: what runs keeps running.
      fallback: { failureThreshold: 3, replicas: replicas.min, behavior: 'currentReplicasIfHigher' },
      triggers: busConsumers()
        .filter(({ service }) => service === name)
        .map(({ stream, durable }) => ({
          type: 'nats-jetstream',
          metadata: {
            natsServerMonitoringEndpoint: 'nats.latchkey.svc:8222',
            account: '$G',
            stream,
            consumer: durable,
            lagThreshold: lagPerReplica,
          },
        })),
    },
  };
}
