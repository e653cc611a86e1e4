import { CommonConfig } from '@latchkey/shared/config';
import { z } from 'zod';

/** Everything this service reads from its environment. */
export const Config = CommonConfig.extend({
  PORT: z.coerce.number().int().min(0).max(65_535).default(4_003),
  PINECONE_API_KEY: z.string().min(1),
  /** The index's host as Pinecone names it; `http://...` for a stand-in. */
  PINECONE_INDEX_HOST: z.string().min(1),
  OPENAI_API_KEY: z.string().min(1),
  /** Only for a stand-in or a proxy; OpenAI itself when left out. */
  OPENAI_BASE_URL: z.url().optional(),
  /** Where signup publishes the keys that session tokens are signed with. */
  JWKS_URL: z.url(),
  /** Who must have issued a session token; PUBLIC_URL when left out. */
  JWT_ISSUER: z.string().optional(),
  /**
   * Passages scoring lower are no answer (VENDORS 8). The scale belongs to the embedding model: 0.08 separates with the
   * sandbox's; a real model needs its own figure.
   */
  RELEVANCE_THRESHOLD: z.coerce.number().min(-1).max(1).default(0.08),
  OPERATOR_TOKEN: z.string().min(16),
  /** A document that takes longer or more memory than this to read is refused as too complex. */
  PARSER_TIMEOUT_MS: z.coerce.number().int().min(500).max(60_000).default(15_000),
  PARSER_MEMORY_MB: z.coerce.number().int().min(64).default(384),
  /** Documents read at once by one replica; each is a process of its own. */
  PARSER_CONCURRENCY: z.coerce.number().int().min(1).max(16).default(2),
  /** Uploads taken in at once by one replica: each holds up to 10 MB in memory. */
  UPLOAD_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(8),
});
export type Config = z.infer<typeof Config>;

/** Inject with `@Inject(CONFIG) config: Config`. */
export const CONFIG = Symbol('config');
