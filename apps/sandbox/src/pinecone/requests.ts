import type { Request } from 'express';
import { z } from 'zod';
import { jsonBody } from '../core/vendor-server.js';
import { invalidRequest, PineconeError } from './errors.js';

/** Limits of the vendor (VENDORS 2.4). */
export const maxRecordsPerUpsert = 1000;
export const maxUpsertBytes = 2 * 1024 * 1024;
const maxIdLength = 512;
const maxMetadataBytes = 40 * 1024;

const id = z
  .string()
  .min(1, 'vector id must not be empty')
  .max(maxIdLength, `vector id must be at most ${maxIdLength} characters`);
const namespace = z.string().max(512).optional();
const values = z.array(z.number());
const sparseValues = z.strictObject({ indices: z.array(z.int().min(0)), values });
const filter = z.record(z.string(), z.unknown());
const metadata = z
  .record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean(), z.array(z.string())], {
      error: 'metadata must be a string, number, boolean or list of strings, got null or something nested',
    }),
  )
  .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= maxMetadataBytes, {
    error: `metadata size exceeds the limit of ${maxMetadataBytes} bytes per vector`,
  });
const vector = z.strictObject({
  id,
  values: values.optional(),
  sparseValues: sparseValues.optional(),
  metadata: metadata.optional(),
});

export const upsertRequest = z.strictObject({
  vectors: z
    .array(vector)
    .min(1, 'no vectors to upsert')
    .max(maxRecordsPerUpsert, `at most ${maxRecordsPerUpsert} vectors per request`),
  namespace,
});

export const queryRequest = z.strictObject({
  namespace,
  topK: z.int().min(1).max(10_000),
  filter: filter.optional(),
  includeValues: z.boolean().optional(),
  includeMetadata: z.boolean().optional(),
  vector: values.optional(),
  sparseVector: sparseValues.optional(),
  id: id.optional(),
  // Search tuning of large indexes; a brute-force search is exact without.
  scanFactor: z.number().optional(),
  maxCandidates: z.int().optional(),
});

export const deleteRequest = z.strictObject({
  ids: z.array(id).min(1).max(1000).optional(),
  deleteAll: z.boolean().optional(),
  namespace,
  filter: filter.optional(),
});

export const updateRequest = z.strictObject({
  id: id.optional(),
  values: values.optional(),
  sparseValues: sparseValues.optional(),
  setMetadata: metadata.optional(),
  namespace,
  filter: filter.optional(),
  dryRun: z.boolean().optional(),
});

export const statsRequest = z.strictObject({ filter: filter.optional() });

export const fetchByMetadataRequest = z.strictObject({
  namespace,
  filter,
  limit: z.int().min(1).max(10_000).optional(),
  paginationToken: z.string().optional(),
});

const field = z.strictObject({ filterable: z.boolean() });
export const createNamespaceRequest = z.strictObject({
  name: z.string().min(1).max(512),
  schema: z.strictObject({ fields: z.record(z.string(), field) }).optional(),
});

const oneOrMore = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (Array.isArray(value) ? value : [value]));
export const fetchQuery = z.strictObject({ ids: oneOrMore.pipe(z.array(id).max(1000)), namespace });
export const listQuery = z.strictObject({
  prefix: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(100),
  paginationToken: z.string().optional(),
  namespace,
});
export const listNamespacesQuery = listQuery.omit({ namespace: true });

/** The parsed value, or the vendor's 400 with the first complaint. */
export function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw invalidRequest(parsed.error);
  return parsed.data;
}

/** The same for a JSON body, whatever content type it claims. */
export function readBody<T>(schema: z.ZodType<T>, req: Request): T {
  const body = jsonBody(req);
  if (body === undefined) throw new PineconeError(400, 'The request body is not valid JSON');
  return read(schema, body);
}

/** A dense vector of the right length that is not all zero: the vendor refuses the zero vector, cosine cannot rank it. */
export function denseVector(given: readonly number[] | undefined, sparse: unknown, dimension: number): Float32Array {
  if (sparse !== undefined) {
    throw new PineconeError(
      400,
      'Index configuration does not support sparse values - only indexes of vector type sparse do',
    );
  }
  if (given === undefined) throw new PineconeError(400, 'Dense vectors must have values');
  if (given.length !== dimension) {
    throw new PineconeError(
      400,
      `Vector dimension ${given.length} does not match the dimension of the index ${dimension}`,
    );
  }
  const dense = Float32Array.from(given);
  if (dense.every((value) => value === 0)) {
    throw new PineconeError(400, 'Dense vectors must contain at least one non-zero value.');
  }
  return dense;
}
