import { Door, sql } from '@latchkey/shared/persistence';
import { PineconeNamespaces } from '@latchkey/vendor-pinecone';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Caller } from '../access/caller.js';
import { CONFIG, type Config } from '../config.js';
import { withOneRetry } from '../models.js';
import type { Passage } from './prompt.js';

/** Enough to answer from several documents, few enough that the model reads them all. */
const passagesMax = 6;

/** How every vector of ours is labelled, by this service and by the provisioner's samples. */
const Metadata = z.object({
  document_id: z.string(),
  title: z.string(),
  text: z.string(),
  sample: z.boolean().default(false),
  chunk: z.number().nullable().default(null),
});

/** The passages of the caller's own documents that come near a question. */
@Injectable()
export class FindPassages {
  constructor(
    private readonly door: Door,
    private readonly pinecone: PineconeNamespaces,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async run(caller: Caller, vector: number[], documentIds: string[] | undefined): Promise<Passage[]> {
    const filter = documentIds ? { document_id: { $in: documentIds } } : undefined;
    const { matches } = await withOneRetry(() =>
      this.pinecone.query(caller.namespace, vector, { topK: passagesMax, filter }),
    );
    const near = matches.flatMap(({ score, metadata }): Passage[] => {
      const known = Metadata.safeParse(metadata);
      if (!known.success || score < this.config.RELEVANCE_THRESHOLD) return [];
      const { document_id: documentId, title, text, sample, chunk } = known.data;
      return [{ documentId, title, text, sample, chunk, score }];
    });
    const readable = await this.readableIds(caller.tenantId, near);
    return near.filter((passage) => passage.sample || readable.has(passage.documentId));
  }

  /**
   * Vectors outlive their document for a moment (deletion is a job, search is eventually consistent), so the database
   * has the last word on what may be quoted. It also keeps a wrong namespace from ever showing another tenant's text.
   */
  private async readableIds(tenantId: string, passages: Passage[]): Promise<Set<string>> {
    const ids = [...new Set(passages.filter(({ sample }) => !sample).map(({ documentId }) => documentId))];
    if (ids.length === 0) return new Set();
    const rows = await this.door.read('find-readable', () =>
      sql<{ id: string }>(`select id from document where tenant_id = $1 and id = any($2) and state = 'indexed'`, [
        tenantId,
        ids,
      ]),
    );
    return new Set(rows.map(({ id }) => id));
  }
}
