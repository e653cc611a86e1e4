import { z } from 'zod';
import { Instant } from '../events/event.js';
import { Plan } from '../plans.js';
import { Problem } from '../problems/problem.js';

/** `POST /v1/query`. */
export const QueryRequest = z.strictObject({
  query: z.string().trim().min(1, 'Please ask something.').max(2_000),
  /** Which of the customer's documents may answer; all of them (and the samples) when left out. */
  document_ids: z.array(z.string().max(64)).max(50).optional(),
  /** True, or `Accept: text/event-stream`: the answer comes as server-sent events, see QueryStreamEvents. */
  stream: z.boolean().optional(),
});

export const Source = z.object({
  document_id: z.string(),
  title: z.string(),
  passage: z.string(),
  /** Which passage of the document this is, counted from 0; null for documents from before it was noted. */
  chunk: z.int().nullable().default(null),
  /** Where in `passage` (UTF-16 offsets, end exclusive) the sentences are that the answer rests on; none: all of it. */
  highlights: z.array(z.object({ start: z.int(), end: z.int() })).default([]),
  score: z.number(),
  sample: z.boolean(),
});
export type Source = z.infer<typeof Source>;

export const QueryResponse = z.object({
  question_id: z.string(),
  answer: z.string(),
  /** False when the documents do not hold the answer: `answer` then says so and `sources` is empty. */
  grounded: z.boolean(),
  sources: z.array(Source),
  /** What the answer cost of the plan's tokens. */
  usage: z.object({ prompt_tokens: z.int(), completion_tokens: z.int(), embedding_tokens: z.int() }),
});
export type QueryResponse = z.infer<typeof QueryResponse>;

/**
 * What a streamed answer is made of, by the names of its events: `sources` once, then `citation` and `delta`, at the end
 * `done` or `error`. All deltas together are the answer of `done`; no text comes before the first passage is cited.
 */
export const QueryStreamEvents = {
  /** The passages that are being read. Most will not be cited. */
  sources: z.object({ question_id: z.string(), sources: z.array(Source) }),
  /** From here on `[number]` in the text means `sources[source]`. */
  citation: z.object({ number: z.int(), source: z.int() }),
  delta: z.object({ text: z.string() }),
  /** The last word, also where it differs from what was shown (a model that takes back what it said). */
  done: QueryResponse,
  /** The question was not counted; the shape is that of every problem. */
  error: Problem,
};

export const DocumentState = z.enum(['received', 'reading', 'indexing', 'indexed', 'rejected']);

export const DocumentResponse = z.object({
  document_id: z.string(),
  title: z.string(),
  format: z.string(),
  bytes: z.int(),
  state: DocumentState,
  chunks_created: z.int(),
  chunks_total: z.int().nullable(),
  /** Why it was rejected, as a problem code with its public text. */
  reason: z.object({ code: z.string(), message: z.string() }).nullable(),
  uploaded_at: Instant,
});
export type DocumentResponse = z.infer<typeof DocumentResponse>;

export const DocumentPage = z.object({ documents: z.array(DocumentResponse), next_after: z.string().nullable() });

export const UsageResponse = z.object({
  plan: Plan,
  period_start: Instant,
  period_end: Instant,
  queries_used: z.int(),
  queries_limit: z.int(),
  documents_used: z.int(),
  documents_limit: z.int(),
  embedding_tokens_used: z.int(),
  llm_tokens_used: z.int(),
});

export const ApiKeyResponse = z.object({
  key_id: z.string(),
  name: z.string(),
  /** The first characters, to recognise a key by; null until its secret was made. */
  prefix: z.string().nullable(),
  state: z.enum(['unclaimed', 'active', 'revoked']),
  created_at: Instant,
  last_used_at: Instant.nullable(),
  /** The whole key, in the one answer that shows it; absent everywhere else. */
  key: z.string().optional(),
});

export const ApiKeyList = z.object({ api_keys: z.array(ApiKeyResponse) });

export const WorkspaceSettingsResponse = z.object({
  plan: Plan,
  state: z.string(),
  trial_ends_at: Instant.nullable(),
  features_enabled: z.array(z.string()),
  models: z.object({ embedding: z.string(), chat: z.string() }),
  limits: z.object({
    documents_max: z.int(),
    queries_per_month_max: z.int(),
    queries_per_minute_max: z.int(),
    api_keys_max: z.int(),
  }),
});
export type WorkspaceSettingsResponse = z.infer<typeof WorkspaceSettingsResponse>;
