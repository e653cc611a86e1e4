import { Router, type Request, type Response } from 'express';
import type { Sim } from '../core/sim.js';
import type { CallRate } from './call-rate.js';
import { PineconeError } from './errors.js';
import { compileFilter } from './filter.js';
import type { IndexInfo } from './index-info.js';
import { pageOf } from './page.js';
import {
  deleteRequest,
  denseVector,
  fetchByMetadataRequest,
  fetchQuery,
  listQuery,
  maxUpsertBytes,
  queryRequest,
  read,
  readBody,
  statsRequest,
  updateRequest,
  upsertRequest,
} from './requests.js';
import { searchNearest } from './search.js';
import type { VectorRecord, VectorStore } from './vector-store.js';

const defaultNamespace = '__default__';
/** Where the vendor tells how far its log and its index are; the SDK hides both, only a fetch wrapper sees them. */
const requestLsn = 'x-pinecone-request-lsn';
const maxIndexedLsn = 'x-pinecone-max-indexed-lsn';

function vectorBody(record: VectorRecord): object {
  const { id, values, metadata } = record;
  return { id, values: [...values], ...(metadata ? { metadata } : {}) };
}

/** The vector plane: upsert, query, fetch, list, update, delete and the counts (camelCase on the wire, VENDORS 2.2). */
export function vectorRoutes(sim: Sim, index: IndexInfo, store: VectorStore, rate: CallRate): Router {
  const router = Router();
  const wrote = (res: Response, lsn: number) => res.set(requestLsn, String(lsn));

  router.post('/vectors/upsert', (req, res) => {
    const bytes = (req.body as Buffer).length;
    if (bytes > maxUpsertBytes) {
      throw new PineconeError(
        400,
        `Error, message length too large: found ${bytes} bytes, the limit is: ${maxUpsertBytes} bytes`,
      );
    }
    const { vectors, namespace = defaultNamespace } = readBody(upsertRequest, req);
    const changes = vectors.map((vector) => {
      const values = denseVector(vector.values, vector.sparseValues, index.dimension);
      return [vector.id, { values, metadata: vector.metadata }] as const;
    });
    rate.take('upsert', namespace);
    const known = store.written(namespace);
    const replaced = changes.filter(([id]) => known.has(id)).length;
    wrote(res, store.write(namespace, changes));
    const ids = vectors.slice(0, 20).map((vector) => vector.id);
    sim.effect('vectors.upserted', namespace, { count: vectors.length, replaced, ids });
    res.json({ upsertedCount: vectors.length });
  });

  router.post('/query', (req, res) => {
    const request = readBody(queryRequest, req);
    const { namespace = defaultNamespace, id, filter } = request;
    if ((request.vector === undefined) === (id === undefined)) {
      throw new PineconeError(400, 'Exactly one of vector and id must be given');
    }
    const predicate = filter && compileFilter(filter);
    rate.take('query', namespace);
    const view = store.read(namespace);
    const asked =
      id === undefined
        ? denseVector(request.vector, request.sparseVector, index.dimension)
        : view.records.get(id)?.values;
    const found = asked === undefined ? [] : searchNearest(asked, view.records.values(), request.topK, predicate);
    const matches = found.map(({ record, score }) => ({
      id: record.id,
      score,
      values: request.includeValues ? [...record.values] : [],
      ...(request.includeMetadata && record.metadata ? { metadata: record.metadata } : {}),
    }));
    res.set(maxIndexedLsn, String(view.maxIndexedLsn));
    res.json({ results: [], matches, namespace, usage: { readUnits: 1 } });
  });

  router.get('/vectors/fetch', (req, res) => {
    const { ids, namespace = defaultNamespace } = read(fetchQuery, req.query);
    const view = store.read(namespace);
    const found = ids.flatMap((id) => view.records.get(id) ?? []);
    res.set(maxIndexedLsn, String(view.maxIndexedLsn));
    res.json({
      vectors: Object.fromEntries(found.map((record) => [record.id, vectorBody(record)])),
      namespace,
      usage: { readUnits: 1 },
    });
  });

  router.post('/vectors/fetch_by_metadata', (req, res) => {
    const {
      namespace = defaultNamespace,
      filter,
      limit = 100,
      paginationToken,
    } = readBody(fetchByMetadataRequest, req);
    const predicate = compileFilter(filter);
    const view = store.read(namespace);
    const ids = [...view.records.values()]
      .filter((record) => predicate(record.metadata ?? {}))
      .map((record) => record.id);
    const { names, pagination } = pageOf(ids.sort(), limit, paginationToken);
    const found = names.flatMap((id) => view.records.get(id) ?? []);
    res.set(maxIndexedLsn, String(view.maxIndexedLsn));
    res.json({
      vectors: Object.fromEntries(found.map((record) => [record.id, vectorBody(record)])),
      namespace,
      usage: { readUnits: 1 },
      ...(pagination ? { pagination } : {}),
    });
  });

  router.get('/vectors/list', (req, res) => {
    const { namespace = defaultNamespace, limit, paginationToken, prefix } = read(listQuery, req.query);
    const view = store.read(namespace);
    const { names, pagination } = pageOf([...view.records.keys()].sort(), limit, paginationToken, prefix);
    res.set(maxIndexedLsn, String(view.maxIndexedLsn));
    const vectors = names.map((id) => ({ id }));
    res.json({ vectors, ...(pagination ? { pagination } : {}), namespace, usage: { readUnits: 1 } });
  });

  router.post('/vectors/update', (req, res) => {
    const request = readBody(updateRequest, req);
    const { namespace = defaultNamespace, id, filter, setMetadata } = request;
    if ((id === undefined) === (filter === undefined))
      throw new PineconeError(400, 'Exactly one of id and filter must be given');
    if (filter && request.values) throw new PineconeError(400, 'values cannot be updated by filter');
    const values =
      request.values || request.sparseValues
        ? denseVector(request.values, request.sparseValues, index.dimension)
        : undefined;
    rate.take('update', namespace);
    // Updating an id that does not exist is answered like a success, as the vendor does.
    const one = id === undefined ? undefined : store.written(namespace).get(id);
    const targets = filter ? store.matching(namespace, compileFilter(filter)) : one ? [one] : [];
    if (targets.length > 0 && request.dryRun !== true) {
      const changes = targets.map((record) => {
        const metadata = setMetadata ? { ...record.metadata, ...setMetadata } : record.metadata;
        return [record.id, { values: values ?? record.values, metadata }] as const;
      });
      wrote(res, store.write(namespace, changes));
    }
    res.json(filter ? { matchedRecords: targets.length } : {});
  });

  router.post('/vectors/delete', (req, res) => {
    const { ids, deleteAll, filter, namespace = defaultNamespace } = readBody(deleteRequest, req);
    if ([ids, deleteAll === true ? true : undefined, filter].filter((way) => way !== undefined).length !== 1) {
      throw new PineconeError(400, 'Exactly one of ids, deleteAll and filter must be given');
    }
    const predicate = filter && compileFilter(filter);
    rate.take('delete', namespace);
    if (!store.has(namespace)) throw new PineconeError(404, 'Namespace not found');
    const gone =
      ids ??
      (predicate
        ? store.matching(namespace, predicate).map((record) => record.id)
        : [...store.written(namespace).keys()]);
    wrote(
      res,
      store.write(
        namespace,
        gone.map((id) => [id, undefined] as const),
      ),
    );
    sim.effect('vectors.deleted', namespace, { count: gone.length });
    res.json({});
  });

  const stats = (req: Request, res: Response) => {
    const body = (req.body as Buffer).length === 0 ? {} : readBody(statsRequest, req);
    if (body.filter && Object.keys(body.filter).length > 0) {
      throw new PineconeError(400, 'Serverless indexes do not support describing index stats with metadata filtering');
    }
    const counts = store.names().map((name) => [name, { vectorCount: store.read(name).records.size }] as const);
    const totalVectorCount = counts.reduce((sum, [, { vectorCount }]) => sum + vectorCount, 0);
    res.json({
      namespaces: Object.fromEntries(counts),
      dimension: index.dimension,
      indexFullness: 0,
      totalVectorCount,
      metric: 'cosine',
      vectorType: 'dense',
    });
  };
  router.get('/describe_index_stats', stats);
  router.post('/describe_index_stats', stats);
  return router;
}
