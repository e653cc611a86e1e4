import { defineEntity, p } from '@mikro-orm/core';

const SampleEmbeddingSchema = defineEntity({
  name: 'SampleEmbedding',
  tableName: 'sample_embedding',
  properties: {
    /** Hash of model, dimensions and texts: a changed sample is embedded anew. */
    id: p.text().primary(),
    model: p.text(),
    vectors: p.json().$type<number[][]>(),
    createdAt: p.datetime(3),
  },
});

/** The cached vectors of the sample texts, one row per model and wording. */
export class SampleEmbedding extends SampleEmbeddingSchema.class {}
SampleEmbeddingSchema.setClass(SampleEmbedding);
