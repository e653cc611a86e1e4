import { Router } from 'express';
import { PineconeError } from './errors.js';
import { pageOf } from './page.js';
import { createNamespaceRequest, listNamespacesQuery, read, readBody } from './requests.js';
import type { VectorStore } from './vector-store.js';

/** The namespace plane (snake_case on the wire): create, list, describe and delete with everything in it. */
export function namespaceRoutes(store: VectorStore): Router {
  const router = Router();
  const describe = (name: string) => {
    const schema = store.schemaOf(name);
    return { name, record_count: store.read(name).records.size, ...(schema === undefined ? {} : { schema }) };
  };
  const known = (name: string): string => {
    if (store.has(name)) return name;
    throw new PineconeError(404, 'Namespace not found');
  };

  router.post('/namespaces', (req, res) => {
    const { name, schema } = readBody(createNamespaceRequest, req);
    if (store.has(name)) throw new PineconeError(409, `Namespace ${name} already exists`);
    store.create(name, 'create', schema);
    res.json(describe(name));
  });

  router.get('/namespaces', (req, res) => {
    const { limit, paginationToken, prefix } = read(listNamespacesQuery, req.query);
    const all = store.names();
    const { names, pagination } = pageOf(all, limit, paginationToken, prefix);
    const total = prefix === undefined ? all.length : all.filter((name) => name.startsWith(prefix)).length;
    res.json({ namespaces: names.map(describe), ...(pagination ? { pagination } : {}), total_count: total });
  });

  router.get('/namespaces/:namespace', (req, res) => res.json(describe(known(req.params.namespace))));

  router.delete('/namespaces/:namespace', (req, res) => {
    store.drop(known(req.params.namespace));
    res.json({});
  });
  return router;
}
