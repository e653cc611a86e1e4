import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import type { IConfigMap } from 'kubernetes-models/v1';
import type { IPrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { bus } from './bus.js';
import { database } from './database.js';
import { edge } from './edge.js';
import { serviceResources } from './service.js';
import { namespace, services } from './services.js';

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
}

const root = resolve(import.meta.dirname, '../..');

/** The alert rules that Prometheus reads beside docker compose, for the Prometheus operator. */
function rules(): IPrometheusRule[] {
  const files = readdirSync(join(root, 'ops/alerts')).filter((file) => file.endsWith('.yml'));
  return files.sort().map((file) => ({
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: `latchkey-${file.replace(/\.yml$/, '')}` },
    spec: parse(readFileSync(join(root, 'ops/alerts', file), 'utf8')) as NonNullable<IPrometheusRule['spec']>,
  }));
}

/** A directory below `base` and what is in it. Each can be applied by itself. */
export function bases(): Map<string, Manifest[]> {
  const all: [string, object[]][] = [
    ['edge', edge],
    ['bus', bus],
    ['database', database],
    ['alerts', rules()],
    ...services.map((facts): [string, object[]] => [facts.name, serviceResources(facts)]),
  ];
  return new Map(all.map(([name, resources]) => [name, resources as Manifest[]]));
}

/**
 * Every file below `base`, by its path there. ConfigMaps are left to kustomize, which puts a digest of what is in them into
 * their names: programs read them once, and would otherwise go on with old settings and permissions until somebody else
 * starts them again.
 */
export function files(): Map<string, string> {
  const written = '# Written by npm run k8s:generate from k8s/src.\n';
  const found = new Map<string, string>();
  for (const [directory, manifests] of bases()) {
    const configMaps = manifests.filter(({ kind }) => kind === 'ConfigMap') as (Manifest & IConfigMap)[];
    const documents = manifests
      .filter(({ kind }) => kind !== 'ConfigMap')
      .map((manifest) => stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false }));
    found.set(`${directory}/resources.yaml`, written + documents.join('---\n'));
    found.set(
      `${directory}/kustomization.yaml`,
      written +
        stringify(
          {
            apiVersion: 'kustomize.config.k8s.io/v1beta1',
            kind: 'Kustomization',
            namespace,
            resources: ['resources.yaml'],
            ...(configMaps.length > 0 && {
              configMapGenerator: configMaps.map(({ metadata, data }) => ({
                name: metadata.name,
                literals: Object.entries(data!).map(([key, value]) => `${key}=${value}`),
              })),
            }),
          },
          { lineWidth: 0 },
        ),
    );
  }
  return found;
}
