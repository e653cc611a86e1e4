import { Inject, Injectable } from '@nestjs/common';
import { embeddingDimensions, sampleDocuments, sampleQuestion } from '@latchkey/contracts';
import { sha256Hex } from '@latchkey/shared/crypto';
import { Door, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { OpenAiApi } from '@latchkey/vendor-openai';
import type { VectorRecord } from '@latchkey/vendor-pinecone';
import { VendorBudget } from '../budget/vendor-budget.js';
import { CONFIG, type Config } from '../config.js';

const texts = [...sampleDocuments.map((document) => document.text), sampleQuestion.text];

/**
 * The vectors of the sample texts: the same for everybody, so they are embedded in one call, kept in the database under
 * the model's name, and no tenant costs an OpenAI call (S9).
 */
@Injectable()
export class SampleVectors {
  private vectors: Promise<number[][]> | undefined;

  constructor(
    private readonly door: Door,
    private readonly openai: OpenAiApi,
    private readonly budget: VendorBudget,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** The sample documents as Pinecone records. The metadata's names are shared with the workspace service. */
  async documents(): Promise<VectorRecord[]> {
    const vectors = await this.all();
    return sampleDocuments.map(({ id, title, text }, index) => ({
      id,
      values: vectors[index]!,
      metadata: { document_id: id, title, text, chunk: 0, sample: true },
    }));
  }

  async question(): Promise<number[]> {
    return (await this.all()).at(-1)!;
  }

  /** Together for all who ask at once; a failure is forgotten, so that the next run tries again. */
  private all(): Promise<number[][]> {
    this.vectors ??= this.loadOrEmbed().catch((error: unknown) => {
      this.vectors = undefined;
      throw error;
    });
    return this.vectors;
  }

  private async loadOrEmbed(): Promise<number[][]> {
    const model = this.config.EMBEDDING_MODEL;
    const key = sha256Hex(JSON.stringify([model, embeddingDimensions, ...texts]));
    const [known] = await this.door.read('sample-vectors', () =>
      sql<{ vectors: number[][] }>('select vectors from sample_embedding where id = $1', [key]),
    );
    if (known) return known.vectors;
    await this.budget.take('openai');
    const { vectors } = await this.openai.embed(texts);
    await this.door.commit('sample-vectors', () =>
      sql(
        'insert into sample_embedding (id, model, vectors, created_at) values ($1, $2, $3::jsonb, $4) on conflict do nothing',
        [key, model, JSON.stringify(vectors), this.clock.nowIso()],
      ),
    );
    return vectors;
  }
}
