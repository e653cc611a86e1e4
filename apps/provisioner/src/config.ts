import { z } from 'zod';
import { CommonConfig } from '@latchkey/shared/config';

/** What the provisioner needs from its environment; the only file that names it. */
export const Config = CommonConfig.extend({
  PINECONE_API_KEY: z.string().min(1),
  /** The index's host; with `http://` where the sandbox stands in. */
  PINECONE_INDEX_HOST: z.string().min(1),
  OPENAI_API_KEY: z.string().min(1),
  /** Left out: the true OpenAI. */
  OPENAI_BASE_URL: z.url().optional(),
  EMBEDDING_MODEL: z.string().default('text-embedding-3-small'),
  /** The pause before each retry (F1); as many retries as there are numbers. */
  PROVISION_RETRY_DELAYS_SECONDS: z
    .string()
    .default('60,120,240')
    .transform((list) => list.split(',').map(Number))
    .pipe(z.array(z.number().min(0).max(86_400)).min(1).max(20)),
  /** After this a run is undone, whatever it is waiting for: nobody stays in limbo (DESIGN rule 7). */
  PROVISION_DEADLINE_SECONDS: z.coerce.number().int().min(1).default(900),
  /**
   * How long after its clearance a run may wait for a vendor that is away, or that our account there needs us for; such
   * waiting costs no retry. Shorter than signup's own patience (PAID_ABANDON_AFTER_SECONDS).
   */
  PROVISION_VENDOR_WAIT_SECONDS: z.coerce.number().int().min(0).default(5_400),
  /** Runs worked on at once in this process (S9). */
  PROVISION_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(16),
  /** How long samples may take to become searchable within one attempt (F3). */
  SEARCHABLE_TIMEOUT_MS: z.coerce.number().int().min(10).default(15_000),
  /** Calls a second to Pinecone, all replicas together (S9: 100 upserts a second on the free tier). */
  PINECONE_RATE_PER_SECOND: z.coerce.number().positive().default(100),
  /** Calls a minute to OpenAI, all replicas together (S9: 3,500). */
  OPENAI_RATE_PER_MINUTE: z.coerce.number().positive().default(3_000),
  /** Workspaces kept ready before anybody signs up; 0 turns the pool off. */
  WARM_POOL_SIZE: z.coerce.number().int().min(0).max(500).default(0),
  /** Days a cancelled tenant's data stays, in case they come back. */
  DEPROVISION_GRACE_DAYS: z.coerce.number().min(0).default(30),
  OPERATOR_TOKEN: z.string().min(16),
});
export type Config = z.infer<typeof Config>;

/** Injects the configuration: `@Inject(CONFIG) config: Config`. */
export const CONFIG = Symbol('config');
