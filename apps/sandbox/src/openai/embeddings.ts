import { z } from 'zod';
import { embed } from './embedding.js';
import { invalidRequest, OpenAiError } from './errors.js';
import { countTokens, embeddingModel } from './models.js';

const maxInputs = 2048;
const maxTokensPerRequest = 300_000;

export const embeddingsRequest = z.strictObject({
  input: z.union([z.string(), z.array(z.string()).max(maxInputs)], {
    error: 'expected a string or an array of at most 2048 strings',
  }),
  model: z.string(),
  dimensions: z.int().min(1).optional(),
  encoding_format: z.enum(['float', 'base64']).optional(),
  user: z.string().optional(),
});

export interface EmbeddingsAnswer {
  readonly tokens: number;
  /** Deferred, so that a refused request (rate limit) costs no work. */
  readonly body: () => object;
}

/** `POST /v1/embeddings`. Inputs given as token ids are refused with a plain sentence: the stand-in has no tokenizer. */
export function createEmbeddings(request: unknown): EmbeddingsAnswer {
  const parsed = embeddingsRequest.safeParse(request);
  if (!parsed.success) throw invalidRequest(parsed.error);
  const { input, model: name, dimensions, encoding_format: encoding = 'float' } = parsed.data;
  const model = embeddingModel(name);
  if (dimensions !== undefined && !model.canShorten) {
    throw new OpenAiError(400, 'This model does not support specifying dimensions.', null, 'dimensions');
  }
  if (dimensions !== undefined && dimensions > model.dimensions) {
    const message = `Invalid value for 'dimensions' = ${dimensions}. Must be less than or equal to ${model.dimensions}.`;
    throw new OpenAiError(400, message, null, 'dimensions');
  }
  const texts = typeof input === 'string' ? [input] : input;
  if (texts.length === 0 || texts.includes('')) throw new OpenAiError(400, "'$.input' is invalid.", null, 'input');
  const counts = texts.map(countTokens);
  const longest = Math.max(...counts);
  if (longest > model.maxTokens) {
    const message = `This model's maximum context length is ${model.maxTokens} tokens, however you requested ${longest} tokens.`;
    throw new OpenAiError(400, message, 'context_length_exceeded', 'input');
  }
  const tokens = counts.reduce((sum, count) => sum + count, 0);
  if (tokens > maxTokensPerRequest) {
    const message = `Requested ${tokens} tokens, max ${maxTokensPerRequest} tokens per request.`;
    throw new OpenAiError(400, message, 'max_tokens_per_request', 'input');
  }
  const body = () => ({
    object: 'list',
    data: texts.map((text, index) => {
      const vector = embed(text, model.dimensions, dimensions);
      const embedding = encoding === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector];
      return { object: 'embedding', index, embedding };
    }),
    model: name,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  });
  return { tokens, body };
}
